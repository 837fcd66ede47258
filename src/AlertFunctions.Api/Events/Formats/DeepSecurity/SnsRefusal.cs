namespace AlertFunctions.Api.Events.Formats.DeepSecurity;

/// <summary>Why a message of Amazon SNS was not accepted.</summary>
/// <param name="Reason">What is wrong, and what is accepted.</param>
/// <param name="IsTransient">Whether it may be accepted when it is sent again, since Amazon could not be reached.</param>
internal sealed record SnsRefusal(string Reason, bool IsTransient = false);
