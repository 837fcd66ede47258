using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>What the copies of one mail differ in.</summary>
/// <param name="Culture">The language.</param>
/// <param name="TimeZone">The IANA zone in which times are shown; null for the mail's own.</param>
public sealed record MailEdition(MailCulture Culture, string? TimeZone);
