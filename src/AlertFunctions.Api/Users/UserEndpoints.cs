using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Api.Users;

/// <summary><c>/api/users</c>: who receives alert mail (S2).</summary>
internal static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/users", ListAsync).RequireAuthorization(AccessPolicies.Read).WithSummary("The users.").Produces<ItemList<UserBody>>();
        endpoints.MapGet("/api/users/{name}", GetAsync).RequireAuthorization(AccessPolicies.Read).WithSummary("One user.").Produces<UserBody>().ProducesProblem(404);
        endpoints.MapPut("/api/users/{name}", PutAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Adds or replaces a user.").Accepts<UserBody>("application/json").Produces<UserBody>().ProducesValidationProblem();
        endpoints.MapDelete("/api/users/{name}", DeleteAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Removes a user; mail that waits keeps the last address.").Produces(204).ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(HttpContext context, UserStore users) =>
        Results.Ok(new ItemList<UserBody>((await users.ListAsync(context.StorageDeadline())).Select(UserBody.Of).ToList()));

    private static async Task<IResult> GetAsync(string name, HttpContext context, UserStore users) =>
        await users.FindAsync(name, context.StorageDeadline()) is { } user ? Results.Ok(UserBody.Of(user)) : NoSuchUser();

    private static async Task<IResult> PutAsync(string name, HttpContext context, UserStore users)
    {
        (JsonDocument? document, IResult? refusal) = await JsonBody.ReadAsync(context.Request);
        if (document is null)
        {
            return refusal!;
        }

        using (document)
        {
            var faults = new Faults();
            if (!Names.IsPathName(name))
            {
                faults.Add("name", Names.AcceptedPathNames);
            }

            JsonFields? fields = JsonFields.Of(document.RootElement, "$", faults, "name", "email", "receiveAlertMail", "culture", "timeZone");
            if (fields is not null && fields.Has("name") && fields.Text("name", Names.MaximumPathNameLength) != name)
            {
                fields.Refuse("name", "must be the name in the path, or left out.");
            }

            string? email = fields?.Address("email");
            bool receive = fields?.Flag("receiveAlertMail") ?? false;
            MailCulture? culture = fields?.Choice("culture", ("ja", MailCulture.Ja), ("en", MailCulture.En));
            TimeZoneInfo? zone = fields?.TimeZone("timeZone");
            if (receive && !fields!.Has("email"))
            {
                fields.Refuse("email", "is required while receiveAlertMail is true: the address that mail goes to, such as ops@example.com.");
            }

            if (faults.Any)
            {
                return Problem.Invalid(faults);
            }

            User put = await users.PutAsync(name, user => user with { Email = email, ReceiveAlertMail = receive, Culture = culture, TimeZone = zone }, context.StorageDeadline());
            return Results.Ok(UserBody.Of(put));
        }
    }

    private static async Task<IResult> DeleteAsync(string name, HttpContext context, UserStore users) =>
        await users.DeleteAsync(name, context.StorageDeadline()) ? Results.NoContent() : NoSuchUser();

    private static IResult NoSuchUser() => Problem.NotFound("There is no user of this name.");
}

/// <summary>A user.</summary>
/// <param name="Name">The name, as in the path.</param>
/// <param name="Email">Where mail goes, or null; required while <c>receiveAlertMail</c> is true.</param>
/// <param name="ReceiveAlertMail">Whether the user receives alert mail; false when left out.</param>
/// <param name="Culture"><c>ja</c> or <c>en</c>; null for the system's language.</param>
/// <param name="TimeZone">The IANA zone in which this user's mail shows times; null for the system's.</param>
internal sealed record UserBody(string? Name, string? Email, bool ReceiveAlertMail, MailCulture? Culture, string? TimeZone)
{
    public static UserBody Of(User user) => new(user.Name, user.Email, user.ReceiveAlertMail, user.Culture, user.TimeZone?.Id);
}
