namespace AlertFunctions.Standalone;

/// <summary>The host cannot start; the message says why and what to do, for a person, without a stack trace.</summary>
internal sealed class StartupException(string message, Exception innerException) : Exception(message, innerException);
