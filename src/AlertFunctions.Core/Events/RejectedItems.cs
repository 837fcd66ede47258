namespace AlertFunctions.Core.Events;

/// <summary>The items of a request in a foreign format that cannot be events.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="First">The first of them, at most <see cref="MaximumFirst"/>.</param>
/// <param name="Hash">The same for the same items.</param>
public sealed record RejectedItems(int Count, IReadOnlyList<RejectedItem> First, string Hash)
{
    /// <summary>Enough to see what is wrong; an answer is not to be as long as its request.</summary>
    public const int MaximumFirst = 10;
}

/// <summary>An item of a request that cannot be an event.</summary>
/// <param name="Path">Where it is in the body.</param>
/// <param name="Reason">What is wrong with it, and what is accepted.</param>
/// <param name="Text">The item as it was sent.</param>
public sealed record RejectedItem(string Path, string Reason, string Text);
