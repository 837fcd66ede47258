using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Api.Documentation;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Core.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Api.Mail;

/// <summary><c>/api/mail</c>: the queue, read only (S9).</summary>
internal static class MailEndpoints
{
    public static void MapMail(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/mail", ListAsync).RequireAuthorization(AccessPolicies.Read).WithQuery(QueryParameters.Top, QueryParameters.Continuation, QueryParameters.Culture)
            .WithName("listMail")
            .WithSummary("List undelivered mail")
            .WithDescription("All undelivered mail, attempted or not, the oldest first. Nothing deletes or changes it.")
            .Produces<Page<MailBody>>()
            .WithExamples(answer: """
                { "items": [{ "id": "01KA3Q8T40V6N2Y5WJ9Z7X1C3B", "kind": "raised", "alert": "Eicar", "subject": "New Alert Raised: Eicar on 1 Computer(s)", "createdAt": "2026-11-24T02:00:01Z", "nextAttemptAt": "2026-11-24T03:00:02Z",
                  "recipients": [{ "user": "hanako", "address": "hanako@example.com", "pattern": 1, "attempts": 1, "failures": { "1": 1, "2": 0, "3": 0 }, "resendsLeft": null, "lastAttemptAt": "2026-11-24T02:00:02Z", "lastReply": "Connection refused" }] }],
                  "total": 1, "continuation": null }
                """);
        endpoints.MapPost("/api/mail/redrive", RedriveAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("redriveMail")
            .WithSummary("Attempt all waiting mail now")
            .WithDescription("Attempts all waiting mail now, as happens anyway when another mail shows that the server answers.")
            .Produces(StatusCodes.Status202Accepted);
        endpoints.MapPost("/api/mail/test", TestAsync).RequireAuthorization(AccessPolicies.Manage).WithQuery(QueryParameters.Culture)
            .WithName("sendTestMail")
            .WithSummary("Send a test mail")
            .WithDescription("Sends a test mail now and answers step by step what the server said; with `Accept: text/event-stream` each step as it happens, as an event `step`, and at the end an event `result` with all of them.")
            .Accepts<MailTestRequestBody>(JsonBody.MediaType)
            .Produces<MailTestBody>(StatusCodes.Status200OK, JsonBody.MediaType, MailTestStream.ContentType)
            .ProducesOwnProblem(StatusCodes.Status409Conflict)
            .WithExamples(
                request: """{ "to": "ops@example.com" }""",
                answer: """{ "ok": true, "pattern": null, "steps": [{ "step": "connect", "ok": true, "milliseconds": 3, "reply": null }, { "step": "greeting", "ok": true, "milliseconds": 2, "reply": "220 mx ESMTP" }] }""");
    }

    private static async Task<IResult> ListAsync(HttpContext context, QueuedMailReader mail, MailSettings settings)
    {
        var faults = new Faults();
        var query = new Query(context.Request, faults);
        int top = query.Get(QueryParameters.Top);
        CountedPlace? before = query.CountedContinuation(QueuedMailReader.IsContinuation);
        MailCulture culture = query.Culture(settings.Culture);
        if (faults.Any)
        {
            return Problem.Invalid(faults);
        }

        (IReadOnlyList<QueuedMail> items, string? next) = await mail.ListAsync(culture, top, before?.Key, alertType: null, context.StorageDeadline());
        return Results.Ok(await CountedPlace.PageAsync(context, items.Select(MailBody.Of).ToList(), top, before, next, mail.CountAsync));
    }

    private static async Task<IResult> TestAsync(HttpContext context, MailTester tester, UserStore users, MailSettings settings)
    {
        (JsonDocument? document, IResult? refusal) = await JsonBody.ReadAsync(context.Request);
        if (document is null)
        {
            return refusal!;
        }

        using (document)
        {
            var faults = new Faults();
            MailCulture culture = new Query(context.Request, faults).Culture(settings.Culture);
            JsonFields? fields = JsonFields.Of(document.RootElement, "$", faults, "to");
            string? address = fields?.Address("to");
            if (fields is not null && !fields.Has("to"))
            {
                fields.Refuse("to", "is required: the address that the test mail goes to.");
            }

            if (faults.Any)
            {
                return Problem.Invalid(faults);
            }

            // In the language in which this address gets all other mail.
            Addressee addressee = Addressees.Of(await users.ListAsync(context.StorageDeadline()), [address!], settings with { Culture = culture })
                .First(other => EmailAddress.Comparer.Equals(other.Address, address));
            if (!AcceptHeader.Prefers(context.Request, MailTestStream.ContentType))
            {
                return Answer(await tester.SendAsync(address!, addressee.Culture, steps: null, context.RequestAborted), culture, context.Response);
            }

            var stream = new MailTestStream(steps => tester.SendAsync(address!, addressee.Culture, steps, context.RequestAborted));
            return await stream.HasBegunAsync() ? TypedResults.ServerSentEvents(stream.ReadAsync(culture)) : Answer(await stream.Test, culture, context.Response);
        }
    }

    private static IResult Answer(MailTest test, MailCulture culture, HttpResponse response)
    {
        switch (test.Status)
        {
            case MailTestStatus.NotConfigured:
                return Problem.Conflict("smtpNotConfigured", "No SMTP server is configured; set Smtp__Server and Smtp__From.");
            case MailTestStatus.NoFreeConnection:
                response.Headers.RetryAfter = "5";
                return Problem.Of(StatusCodes.Status503ServiceUnavailable, "noFreeConnection", "All connections that Smtp__MaxConnections allows are in use; try again in a few seconds.");
            default:
                return Results.Ok(MailTestBody.Of(test, culture));
        }
    }

    private static async Task<IResult> RedriveAsync(MailRedriver redriver)
    {
        await redriver.FlushAsync();
        return Results.Accepted();
    }
}

/// <summary>An undelivered mail.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Alert">The alert type, or null.</param>
/// <param name="Subject">Its subject in the reader's language.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="NextAttemptAt">When it is attempted next.</param>
/// <param name="Recipients">The recipients to whom it is undelivered.</param>
internal sealed record MailBody(
    string Id, MailKind Kind, string? Alert, string Subject, DateTimeOffset CreatedAt, DateTimeOffset NextAttemptAt, IReadOnlyList<MailRecipientBody> Recipients)
{
    public static MailBody Of(QueuedMail mail) =>
        new(mail.Id, mail.Kind, mail.AlertType, mail.Subject, mail.CreatedAt, mail.NextAttemptAt, mail.Recipients.Select(MailRecipientBody.Of).ToList());
}

/// <summary>A recipient whose mail is undelivered.</summary>
/// <param name="User">The user's name, or null.</param>
/// <param name="Address">The last known address.</param>
/// <param name="Pattern">The pattern of the last failure; null before the first attempt.</param>
/// <param name="Attempts">Attempts so far.</param>
/// <param name="Failures">How often each pattern was met.</param>
/// <param name="ResendsLeft">Re-sends that are left; null means without limit.</param>
/// <param name="LastAttemptAt">When it was last attempted, or null.</param>
/// <param name="LastReply">The server's last reply, or null.</param>
internal sealed record MailRecipientBody(
    string? User, string Address, int? Pattern, int Attempts, IReadOnlyDictionary<string, int> Failures, int? ResendsLeft, DateTimeOffset? LastAttemptAt, string? LastReply)
{
    public static MailRecipientBody Of(QueuedRecipient recipient) => new(
        recipient.User,
        recipient.Address,
        recipient.Pattern,
        recipient.Attempts,
        new Dictionary<string, int>(StringComparer.Ordinal) { ["1"] = recipient.Unreachable, ["2"] = recipient.Refused, ["3"] = recipient.NotAccepted },
        recipient.ResendsLeft,
        recipient.LastAttemptAt,
        recipient.LastReply);
}

/// <summary>Where a test mail goes.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record MailTestRequestBody
{
    /// <summary>The mail address.</summary>
    [MaxLength(EmailAddress.MaximumLength)]
    public required string To { get; init; }
}

/// <summary>How a test mail went.</summary>
/// <param name="Ok">Whether the server accepted it.</param>
/// <param name="Pattern">The pattern of the failure, or null.</param>
/// <param name="Steps">What was done, in order.</param>
internal sealed record MailTestBody(bool Ok, int? Pattern, IReadOnlyList<MailTestStepBody> Steps)
{
    public static MailTestBody Of(MailTest test, MailCulture culture)
    {
        List<MailTestStepBody> steps = MailTestStepBody.Of(test.Steps);

        // Where the reply was a positive one, what failed came after it.
        if (test.Failure is { } failure && steps.Count > 0)
        {
            steps[^1] = steps[^1] with { Reply = failure.Text(culture) };
        }

        return new MailTestBody(test.Failure is null, test.Failure is null ? null : (int)test.Failure.Kind, steps);
    }
}

/// <summary>One step of a test mail.</summary>
/// <param name="Step">resolve, connect, greeting, tls, authenticate, sender, recipient or data.</param>
/// <param name="Ok">Whether it went well.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Reply">What the server said, or why it said nothing.</param>
internal sealed record MailTestStepBody(
    [property: AllowedValues("resolve", "connect", "greeting", "tls", "authenticate", "sender", "recipient", "data")] string Step, bool Ok, long Milliseconds, string? Reply)
{
    /// <summary>The steps as people know them, of those of a conversation.</summary>
    public static List<MailTestStepBody> Of(IEnumerable<SmtpStep> conversation)
    {
        var steps = new List<MailTestStepBody>();
        foreach (SmtpStep step in conversation)
        {
            var next = new MailTestStepBody(NameOf(step.Phase), step.Succeeded, (long)step.Elapsed.TotalMilliseconds, step.Reply);

            // EHLO belongs to what came before it, and the body to DATA; the reply that people want is the greeting's, and the body's.
            if (steps.Count > 0 && (step.Phase is SmtpPhase.Hello || steps[^1].Step == next.Step))
            {
                MailTestStepBody last = steps[^1];
                steps[^1] = last with { Ok = next.Ok, Milliseconds = last.Milliseconds + next.Milliseconds, Reply = step.Phase is SmtpPhase.Hello && next.Ok ? last.Reply : next.Reply };
            }
            else
            {
                steps.Add(next);
            }
        }

        return steps;
    }

    /// <summary>Whether what comes next may belong to the same step: EHLO and the handshake to what came before, the body to DATA.</summary>
    public static bool MayGoOn(SmtpStep step) => !step.Succeeded || step.Phase is SmtpPhase.Greeting or SmtpPhase.Tls or SmtpPhase.Data or SmtpPhase.Transfer;

    private static string NameOf(SmtpPhase phase) => phase switch
    {
        SmtpPhase.Hello => "greeting",
        SmtpPhase.Transfer or SmtpPhase.Body => "data",
        _ => phase.ToString().ToLowerInvariant(),
    };
}
