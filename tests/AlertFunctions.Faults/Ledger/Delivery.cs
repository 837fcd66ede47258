using System.Globalization;
using System.Text.RegularExpressions;
using AlertFunctions.Testing;

namespace AlertFunctions.Faults.Ledger;

/// <summary>A mail that a server has accepted for one recipient.</summary>
/// <param name="Place">Whose server it was: the place of the process that sent it.</param>
/// <param name="Server">Which server.</param>
/// <param name="Recipient">Whom it was for.</param>
/// <param name="MessageId">Its Message-ID.</param>
/// <param name="Tokens">What it is about.</param>
/// <param name="Computers">How many computers its subject counts.</param>
/// <param name="ConnectedAt">When the connection was made, by a process that lived then.</param>
/// <param name="AcceptedAt">When it was accepted.</param>
/// <param name="ReplyLost">Whether the server kept its reply from the process.</param>
internal sealed partial record Delivery(
    int Place, string Server, string Recipient, string MessageId, IReadOnlyList<string> Tokens, int Computers, DateTimeOffset ConnectedAt, DateTimeOffset AcceptedAt, bool ReplyLost)
{
    /// <summary>Reads what a server has accepted.</summary>
    public static Delivery Read(int place, string server, ReceivedMail mail) => new(
        place,
        server,
        mail.Recipient,
        mail.MessageId,
        [.. Token().Matches(mail.Message.TextBody!).Select(match => match.Value)],
        int.Parse(Count().Match(mail.Message.Subject!).Groups["count"].Value, CultureInfo.InvariantCulture),
        mail.ConnectedAt,
        mail.AcceptedAt,
        mail.ReplyLost);

    [GeneratedRegex(@"\btoken[0-9]+x[0-9]+\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();

    [GeneratedRegex(@"(?<count>[0-9]+)(?:台| Computer)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Count();
}

/// <summary>The death of a server, or its falling silent, after which it has told nobody what it had accepted.</summary>
/// <param name="Place">Whose server it was.</param>
/// <param name="Server">Which server.</param>
/// <param name="At">When.</param>
internal sealed record ServerDeath(int Place, string Server, DateTimeOffset At);
