using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Mail;

/// <summary>The system events that tell of mail: 197 (S7), 198 (S14), 199 and 569 (S10–S12). Their data holds what the text cannot say.</summary>
internal sealed class MailEvents(SmtpSettings smtp)
{
    /// <summary>197: who got mail, as one record of at most 25 acceptances.</summary>
    public static SystemEvent Delivered(string id, IReadOnlyList<Attempt> attempts) =>
        new(197, SystemEventLevel.Information, "Event197", attempts[0].Time)
        {
            Id = id,
            Target = Users(attempts),
            Values = Values(("users", Users(attempts))),
            Data = Values(
            [
                ("mails", string.Join(", ", attempts.Select(attempt => attempt.Recipient.MailId).Distinct(StringComparer.Ordinal))),
                ("messageIds", string.Join(", ", attempts.Select(attempt => attempt.MessageId))),
                ("addresses", string.Join(", ", attempts.Select(attempt => attempt.Address))),
                ("attempts", string.Join(", ", attempts.Select(attempt => Sentences.Of(attempt.Recipient.Attempts + 1)))),
                ("replies", string.Join("\n", attempts.Select(attempt => attempt.Reply).Distinct(StringComparer.Ordinal))),
            ]),
        };

    /// <summary>569 for one recipient's own failure.</summary>
    public SystemEvent Failed(Attempt attempt, SmtpFailure failure, Recipient? after)
    {
        int left = after is null ? 0 : after.ResendsLeft ?? RetryRules.RefusalsAllowed;
        (string, string)[] data =
        [
            ("reply", failure.Reply),
            ("pattern", Sentences.Of((int)failure.Kind)),
            ("user", attempt.Recipient.Name),
            ("address", attempt.Address),
            ("mail", attempt.Recipient.MailId),
            ("messageId", attempt.MessageId),
            ("attempt", Sentences.Of(attempt.Recipient.Attempts + 1)),
            ("outcomeUnknown", failure.OutcomeUnknown ? "true" : "false"),
        ];
        return failure.Kind switch
        {
            SmtpFailureKind.NotAccepted => new SystemEvent(569, SystemEventLevel.Warning, "Event569NotAccepted", attempt.Time)
            {
                Id = attempt.Id,
                Target = attempt.Recipient.Name,
                Values = Values(
                [
                    ("subject.ja", attempt.Mail.Subject(MailCulture.Ja)),
                    ("subject.en", attempt.Mail.Subject(MailCulture.En)),
                    ("user", attempt.Recipient.Name),
                    ("n", Sentences.Of(left)),
                ]),
                Data = Values(data),
            },
            SmtpFailureKind.Internal => SystemEvent.OfGivenUp(failure.Reply, attempt.Recipient.Name, attempt.Time, Values(data)) with { Id = attempt.Id },
            _ => OfServer(attempt.Id, failure, attempt.Time) with { Data = Values(data) },
        };
    }

    /// <summary>198 or 569 for a server that is blank, cannot be reached or refuses: one for the attempt, however much mail takes its result (rule 3).</summary>
    public SystemEvent OfServer(string id, SmtpFailure failure, DateTimeOffset time) => failure.Kind switch
    {
        SmtpFailureKind.NotConfigured => new SystemEvent(198, SystemEventLevel.Warning, "Event198", time)
        {
            Id = id,
            Data = Values(("reply", failure.Reply)),
        },
        SmtpFailureKind.Unreachable => new SystemEvent(569, SystemEventLevel.Warning, "Event569Unreachable", time)
        {
            Id = id,
            Target = smtp.Host!,
            Values = Values(("host", smtp.Host!)),
            Data = Values(("reply", failure.Reply), ("pattern", "1")),
        },
        _ => new SystemEvent(569, SystemEventLevel.Warning, "Event569Refused", time)
        {
            Id = id,
            Target = smtp.Host!,
            Values = Values(("host", smtp.Host!), ("port", Sentences.Of(smtp.Port)), ("code", Sentences.Of(failure.Code))),
            Data = Values(("reply", failure.Reply), ("pattern", "2")),
        },
    };

    private static string Users(IReadOnlyList<Attempt> attempts) => string.Join(", ", attempts.Select(attempt => attempt.Recipient.Name).Distinct(StringComparer.Ordinal));

    private static Dictionary<string, string> Values(params ReadOnlySpan<(string Name, string Value)> values)
    {
        var dictionary = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in values)
        {
            dictionary[name] = value;
        }

        return dictionary;
    }
}

/// <summary>One attempt at one recipient.</summary>
/// <param name="Id">Its ULID, the key of the system event about it.</param>
/// <param name="Mail">The mail.</param>
/// <param name="Recipient">The recipient as it was before.</param>
/// <param name="Address">Where it went.</param>
/// <param name="MessageId">The Message-ID it carried.</param>
/// <param name="Time">When.</param>
/// <param name="Reply">The server's last reply.</param>
/// <param name="Failure">Why it was not delivered, or null.</param>
internal sealed record Attempt(string Id, OutgoingMail Mail, Recipient Recipient, string Address, string MessageId, DateTimeOffset Time, string Reply, SmtpFailure? Failure);
