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
        endpoints.MapGet("/api/users", ListAsync).RequireAuthorization(AccessPolicies.Read).WithSummary("The users.").Produces<ItemList<UserBody>>(200, "application/json", CsvAnswer.ContentType);
        endpoints.MapGet("/api/users/{name}", GetAsync).RequireAuthorization(AccessPolicies.Read).WithSummary("One user.").Produces<UserBody>().ProducesProblem(404);
        endpoints.MapPut("/api/users/{name}", PutAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Adds or replaces a user.").Accepts<UserBody>("application/json").Produces<UserBody>().ProducesValidationProblem();
        endpoints.MapDelete("/api/users/{name}", DeleteAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Removes a user; mail that waits keeps the last address.").Produces(204).ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(HttpContext context, UserStore users)
    {
        List<UserBody> items = (await users.ListAsync(context.StorageDeadline())).Select(UserBody.Of).ToList();
        return CsvAnswer.IsWanted(context.Request)
            ? CsvAnswer.Of(
                context,
                items,
                continuation: null,
                ("name", item => item.Name),
                ("email", item => item.Email),
                ("receiveAlertMail", item => item.ReceiveAlertMail ? "true" : "false"),
                ("culture", item => item.Culture?.ToString().ToLowerInvariant()))
            : Results.Ok(new ItemList<UserBody>(items));
    }

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

            JsonFields? fields = JsonFields.Of(document.RootElement, "$", faults, "name", "email", "receiveAlertMail", "culture");
            if (fields is not null && fields.Has("name") && fields.Text("name", Names.MaximumPathNameLength) != name)
            {
                fields.Refuse("name", "must be the name in the path, or left out.");
            }

            string? email = fields?.Address("email");
            bool receive = fields?.Flag("receiveAlertMail") ?? false;
            MailCulture? culture = fields?.Choice("culture", ("ja", MailCulture.Ja), ("en", MailCulture.En));
            if (faults.Any)
            {
                return Problem.Invalid(faults);
            }

            return Results.Ok(UserBody.Of(await users.PutAsync(name, user => user with { Email = email, ReceiveAlertMail = receive, Culture = culture }, context.StorageDeadline())));
        }
    }

    private static async Task<IResult> DeleteAsync(string name, HttpContext context, UserStore users) =>
        await users.DeleteAsync(name, context.StorageDeadline()) ? Results.NoContent() : NoSuchUser();

    private static IResult NoSuchUser() => Problem.NotFound("There is no user of this name.");
}

/// <summary>A user.</summary>
/// <param name="Name">The name, as in the path.</param>
/// <param name="Email">Where mail goes, or null.</param>
/// <param name="ReceiveAlertMail">Whether the user receives alert mail; false when left out.</param>
/// <param name="Culture"><c>ja</c> or <c>en</c>; null for the system's language.</param>
internal sealed record UserBody(string? Name, string? Email, bool ReceiveAlertMail, MailCulture? Culture)
{
    public static UserBody Of(User user) => new(user.Name, user.Email, user.ReceiveAlertMail, user.Culture);
}
