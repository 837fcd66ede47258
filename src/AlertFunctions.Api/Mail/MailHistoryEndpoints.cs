using AlertFunctions.Api.Documentation;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Sending;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Api.Mail;

/// <summary><c>GET /api/mail/history</c>.</summary>
internal static class MailHistoryEndpoints
{
    /// <summary>How far a list looks back, from its end, that does not say so itself.</summary>
    private static readonly TimeSpan DefaultPeriod = TimeSpan.FromDays(30);

    private static readonly QueryParameter<string?> User = QueryParameter.Text("user", "Only mail to this user.");
    private static readonly QueryParameter<string?> Address = QueryParameter.Text("address", "Only mail to this address, however it is spelled.");
    private static readonly QueryParameter<MailOutcomeKind?> Outcome = QueryParameter.Choice(
        "outcome", "Only this outcome.", ("sent", MailOutcomeKind.Sent), ("failed", MailOutcomeKind.Failed), ("givenUp", MailOutcomeKind.GivenUp));

    public static void MapMailHistory(this IEndpointRouteBuilder endpoints) => endpoints.MapGet("/api/mail/history", ListAsync).RequireAuthorization(AccessPolicies.Read)
        .WithQuery(User, Address, QueryParameters.Alert, QueryParameters.Computer, Outcome, QueryParameters.From, QueryParameters.To, QueryParameters.Top, QueryParameters.Continuation)
        .WithName("listMailHistory")
        .WithSummary("List the outcomes of mail")
        .WithDescription("The outcome of each attempt for each recipient, newest first: sent, failed, givenUp, with the server's reply. A page that is not full may have a continuation.")
        .Produces<Page<MailOutcomeBody>>()
        .WithExamples(answer: $$"""{ "items": [{{MailOutcomeBody.Example}}], "total": 1, "continuation": null }""");

    private static async Task<IResult> ListAsync(HttpContext context, MailHistoryReader history, TimeProvider time)
    {
        var faults = new Faults();
        var query = new Query(context.Request, faults);
        DateTimeOffset? to = query.Get(QueryParameters.To);
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset from = query.Get(QueryParameters.From) ?? (to < now ? to.Value : now) - DefaultPeriod;
        MailOutcomeKind? outcome = query.Get(Outcome);
        var filter = new MailHistoryFilter(query.Get(User), query.Get(Address), query.Get(QueryParameters.Alert), query.Get(QueryParameters.Computer), outcome);
        int top = query.Get(QueryParameters.Top);
        CountedPlace? before = query.CountedContinuation(MailHistoryReader.IsContinuation);
        if (faults.Any)
        {
            return Problem.Invalid(faults);
        }

        (IReadOnlyList<MailOutcome> items, string? next) = await history.ListAsync(from, to, filter, top, before?.Key, context.StorageDeadline());
        return Results.Ok(await CountedPlace.PageAsync(
            context, items.Select(MailOutcomeBody.Of).ToList(), top, before, next, (place, limit, deadline) => history.CountAsync(from, to, filter, place, limit, deadline)));
    }
}

/// <summary>What became of a mail for a recipient.</summary>
/// <param name="Time">When.</param>
/// <param name="Outcome">The outcome.</param>
/// <param name="User">The user's name, or null.</param>
/// <param name="Address">Where it went; null where no SMTP server was configured, which is recorded once for all due mail.</param>
/// <param name="Kind">What the mail is about, or null for mail of older versions.</param>
/// <param name="Alert">The alert type, or null.</param>
/// <param name="Mail">The mail's id.</param>
/// <param name="MessageId">Its Message-ID, or null where nothing was sent.</param>
/// <param name="Attempt">Which attempt it was, or null.</param>
/// <param name="Pattern">The pattern of the failure, or null.</param>
/// <param name="Reply">What the server said, or why nothing could be sent.</param>
internal sealed record MailOutcomeBody(
    DateTimeOffset Time, MailOutcomeKind Outcome, string? User, string? Address, MailKind? Kind, string? Alert, string Mail, string? MessageId, int? Attempt, int? Pattern, string? Reply)
{
    /// <summary>One in JSON, for the document.</summary>
    public const string Example =
        """{ "time": "2026-11-24T02:00:02Z", "outcome": "sent", "user": "hanako", "address": "hanako@example.com", "kind": "raised", "alert": "Eicar", "mail": "01KA3Q8T40V6N2Y5WJ9Z7X1C3B", "messageId": "01KA3Q8T40V6N2Y5WJ9Z7X1C3B.1@example.com", "attempt": 1, "pattern": null, "reply": "250 2.0.0 Ok: queued" }""";

    public static MailOutcomeBody Of(MailOutcome item) => new(
        item.Time, item.Outcome, item.User, item.Address, item.Content?.Kind, item.Content?.Alert, item.Mail, item.MessageId, item.Attempt, item.Pattern, item.Reply);
}
