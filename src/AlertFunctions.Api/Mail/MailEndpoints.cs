using AlertFunctions.Api.Alerts;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Mail;
using AlertFunctions.Core.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Api.Mail;

/// <summary><c>/api/mail</c>: the queue, read only (S9).</summary>
internal static class MailEndpoints
{
    public static void MapMail(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/mail", ListAsync).WithSummary("Every mail that is owed, oldest first.").Produces<Page<MailBody>>().ProducesValidationProblem();
        endpoints.MapPost("/api/mail/redrive", RedriveAsync).WithSummary("Attempts all waiting mail now, as a flush does.").Produces(202);
    }

    private static async Task<IResult> ListAsync(HttpContext context, MailQueue mail, MailSettings settings)
    {
        var faults = new Faults();
        var query = new Query(context.Request, faults);
        int top = query.Number("top", 1, 1_000, 100);
        string? continuation = query.Continuation();
        MailCulture culture = query.Culture(settings.Culture);
        if (faults.Any)
        {
            return Problem.Invalid(faults);
        }

        (IReadOnlyList<QueuedMail> items, string? next) = await mail.ListAsync(culture, top, continuation, alertType: null, context.RequestAborted);
        return Results.Ok(new Page<MailBody>(items.Select(MailBody.Of).ToList(), Query.Continue(next)));
    }

    private static async Task<IResult> RedriveAsync(HttpContext context, MailRedriver redriver)
    {
        await redriver.FlushAsync(context.RequestAborted);
        return Results.Accepted();
    }
}

/// <summary>A mail that is owed.</summary>
internal sealed record MailBody(
    string Id, MailKind Kind, string Alert, string Subject, DateTimeOffset CreatedAt, DateTimeOffset NextAttemptAt, IReadOnlyList<MailRecipientBody> Recipients)
{
    public static MailBody Of(QueuedMail mail) =>
        new(mail.Id, mail.Kind, mail.AlertType, mail.Subject, mail.CreatedAt, mail.NextAttemptAt, mail.Recipients.Select(MailRecipientBody.Of).ToList());
}

/// <summary>A recipient who is still owed a mail.</summary>
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
