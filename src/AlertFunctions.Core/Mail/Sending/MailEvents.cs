using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>
/// Creates the system events about mail: 197 (S7), 567 and 570 if it was delivered; 198, 568 and 571 (S14), 199 and 569 (S10, S11, S12) if not. Their
/// data contains the details that the description does not.
/// </summary>
public sealed class MailEvents(SmtpSettings smtp)
{
    /// <summary>Where the data says what the mails are about: the kind, the alert type, the computers.</summary>
    public const string Mails = "mailContents";

    /// <summary>Where the data of a record of several deliveries has each of them.</summary>
    public const string Deliveries = "deliveries";

    /// <summary>Creates the events for deliveries: at most one each of 197, 567 and 570. There must be no more than 25 acceptances in all.</summary>
    public static IEnumerable<SystemEvent> Delivered(IReadOnlyList<Attempt> attempts) => attempts
        .GroupBy(attempt => attempt.Mail.Kind switch { MailKind.Summary => 567, MailKind.Report => 570, _ => 197 })
        .Select(group => Delivered(group.Key, group.ToList()));

    private static SystemEvent Delivered(int number, List<Attempt> attempts) =>
        new(number, SystemEventLevel.Information, $"Event{Sentences.Of(number)}", attempts[0].Time)
        {
            Id = attempts[0].Id,
            Target = Users(attempts),
            Values = Values((number == 197 ? "users" : "recipients", Users(attempts))),
            Data = Values(
            [
                ("mails", string.Join(", ", attempts.Select(attempt => attempt.Mail.Id).Distinct(StringComparer.Ordinal))),
                ("messageIds", string.Join(", ", attempts.Select(attempt => attempt.MessageId))),
                ("addresses", string.Join(", ", attempts.Select(attempt => attempt.Address))),
                ("attempts", string.Join(", ", attempts.Select(attempt => Sentences.Of(attempt.Recipient.Attempts + 1)))),
                ("replies", string.Join("\n", attempts.Select(attempt => attempt.Reply).Distinct(StringComparer.Ordinal))),
                (Deliveries, RecordedDelivery.ToJson(attempts)),
                (Mails, RecordedMail.ToJson(attempts.Select(attempt => attempt.Mail))),
            ]),
        };

    /// <summary>
    /// Creates the event for a failed attempt: 569, by its pattern. A failure of the server is recorded once, with the attempt that hit it, however much
    /// mail it is applied to (rule 3).
    /// </summary>
    public SystemEvent Failed(Attempt attempt, SmtpFailure failure, Recipient? after)
    {
        int left = after is null ? 0 : after.ResendsLeft ?? RetryRules.RefusalsAllowed;
        (string, string)[] data =
        [
            ("reply", failure.Reply),
            ("pattern", Sentences.Of((int)failure.Kind)),
            ("user", attempt.Recipient.Name),
            ("address", attempt.Address),
            ("mail", attempt.Mail.Id),
            ("messageId", attempt.MessageId),
            ("attempt", Sentences.Of(attempt.Recipient.Attempts + 1)),
            ("outcomeUnknown", failure.OutcomeUnknown ? "true" : "false"),
            (Mails, RecordedMail.ToJson([attempt.Mail])),
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
                Data = Values([.. data, ("resendsLeft", Sentences.Of(left))]),
            },
            SmtpFailureKind.Internal when attempt.Mail.Task is { } task =>
                NotSent(attempt.Mail.Kind, task, failure.Reply, failure.Reply, attempt.Time) with { Id = attempt.Id, Data = Values(data) },
            SmtpFailureKind.Internal => SystemEvent.OfGivenUp(failure.Reply, attempt.Recipient.Name, attempt.Time, Values(data)) with { Id = attempt.Id },
            SmtpFailureKind.Unreachable => new SystemEvent(569, SystemEventLevel.Warning, "Event569Unreachable", attempt.Time)
            {
                Id = attempt.Id,
                Target = smtp.Host!,
                Values = Values(("host", smtp.Host!)),
                Data = Values(data),
            },
            _ => new SystemEvent(569, SystemEventLevel.Warning, "Event569Refused", attempt.Time)
            {
                Id = attempt.Id,
                Target = smtp.Host!,
                Values = Values(("host", smtp.Host!), ("port", Sentences.Of(smtp.Port)), ("code", Sentences.Of(failure.Code))),
                Data = Values(data),
            },
        };
    }

    /// <summary>
    /// Creates the events for due mail while no SMTP server is configured (S14): one 198 for the attempt, and a 568 or 571 for each scheduled mail, since
    /// these name their task.
    /// </summary>
    public static IEnumerable<SystemEvent> NotConfigured(IEnumerable<OutgoingMail> mails, bool tellOfAlerts, DateTimeOffset time)
    {
        foreach (OutgoingMail mail in mails)
        {
            if (mail.Task is { } task)
            {
                yield return NotSent(mail.Kind, task, Sentences.Get("ReasonNoServer", MailCulture.Ja), Sentences.Get("ReasonNoServer", MailCulture.En), time) with
                {
                    Data = Values(("mail", mail.Id), ("reply", SmtpFailure.NotConfigured.Reply), (Mails, RecordedMail.ToJson([mail]))),
                };
            }
            else if (tellOfAlerts)
            {
                tellOfAlerts = false;
                yield return new SystemEvent(198, SystemEventLevel.Warning, "Event198", time)
                {
                    Id = $"{Ulid.NewUlid(time)}",
                    Data = Values(("reply", SmtpFailure.NotConfigured.Reply), ("mail", mail.Id), (Mails, RecordedMail.ToJson([mail]))),
                };
            }
        }
    }

    /// <summary>Creates a 568 or 571: scheduled mail could not be sent for a reason other than SMTP.</summary>
    public static SystemEvent NotSent(MailKind kind, string task, string reasonJa, string reasonEn, DateTimeOffset time)
    {
        int number = kind == MailKind.Summary ? 568 : 571;
        return new SystemEvent(number, SystemEventLevel.Warning, $"Event{Sentences.Of(number)}", time)
        {
            Id = $"{Ulid.NewUlid(time)}",
            Target = task,
            Values = Values(("task", task), ("reason.ja", HarmlessText.OneLine(reasonJa)), ("reason.en", HarmlessText.OneLine(reasonEn))),
        };
    }

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

/// <summary>One attempt to send a mail to one recipient.</summary>
/// <param name="Id">A ULID, used as the id of the system event about it.</param>
/// <param name="Mail">The mail.</param>
/// <param name="Recipient">The recipient before the attempt.</param>
/// <param name="Address">The address that it was sent to.</param>
/// <param name="MessageId">The Message-ID of the mail.</param>
/// <param name="Time">The time of the attempt.</param>
/// <param name="Reply">The server's last reply.</param>
/// <param name="Failure">Why it was not delivered; null if it was.</param>
public sealed record Attempt(string Id, OutgoingMail Mail, Recipient Recipient, string Address, string MessageId, DateTimeOffset Time, string Reply, SmtpFailure? Failure)
{
    /// <summary>The recipient with its new counters; null if the mail was delivered or given up, or if the server failed.</summary>
    public Recipient? After { get; init; }
}
