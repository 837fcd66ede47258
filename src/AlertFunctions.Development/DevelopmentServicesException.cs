namespace AlertFunctions.Development;

/// <summary>What development needs cannot be had; the message says why and what to do, for a person, without a stack trace.</summary>
internal sealed class DevelopmentServicesException : Exception
{
    public DevelopmentServicesException(string message)
        : base(message)
    {
    }

    public DevelopmentServicesException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
