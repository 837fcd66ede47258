namespace AlertFunctions.Api.Documentation;

/// <summary>How long each text of a list may be, for the document.</summary>
/// <param name="maximum">In characters.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ItemLengthAttribute(int maximum) : Attribute
{
    /// <summary>In characters.</summary>
    public int Maximum => maximum;
}
