using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Api.Documentation;
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
    private const string Example = """{ "name": "hanako", "email": "hanako@example.com", "receiveAlertMail": true, "culture": "ja", "timeZone": "Asia/Tokyo" }""";

    public static void MapUsers(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/users", ListAsync).RequireAuthorization(AccessPolicies.Read)
            .WithName("listUsers")
            .WithSummary("List users")
            .Produces<ItemList<UserBody>>(StatusCodes.Status200OK, JsonBody.MediaType, CsvAnswer.ContentType)
            .WithExamples(answer: $$"""{ "items": [{{Example}}] }""");
        endpoints.MapGet("/api/users/{name}", GetAsync).RequireAuthorization(AccessPolicies.Read)
            .WithName("getUser")
            .WithSummary("Get one user")
            .Produces<UserBody>()
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .WithVersions()
            .WithExamples(answer: Example);
        endpoints.MapPut("/api/users/{name}", WriteAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("replaceUser")
            .WithSummary("Add or replace a user")
            .WithDescription("Adds or replaces a user; what is left out takes its default.")
            .Accepts<UserChangeBody>(JsonBody.MediaType)
            .Produces<UserBody>()
            .WithVersions()
            .WithExamples(request: """{ "email": "hanako@example.com", "receiveAlertMail": true, "culture": "ja", "timeZone": "Asia/Tokyo" }""", answer: Example);
        endpoints.MapPatch("/api/users/{name}", WriteAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("changeUser")
            .WithSummary("Change a user")
            .WithDescription("Changes a user as RFC 7396 says: what is left out stays, and null is the default.")
            .Accepts<UserChangeBody>(JsonBody.MergePatchMediaType, JsonBody.MediaType)
            .Produces<UserBody>()
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .WithVersions()
            .WithExamples(request: """{ "receiveAlertMail": false }""");
        endpoints.MapDelete("/api/users/{name}", DeleteAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("deleteUser")
            .WithSummary("Remove a user")
            .WithDescription("Removes a user; mail that waits keeps the last address.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .WithVersions();
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
                ("culture", item => item.Culture?.ToString().ToLowerInvariant()),
                ("timeZone", item => item.TimeZone))
            : Results.Ok(new ItemList<UserBody>(items));
    }

    private static async Task<IResult> GetAsync(string name, HttpContext context, UserStore users) =>
        await users.FindAsync(name, context.StorageDeadline()) is { } user ? Of(name, context).Answer(user) : NoSuchUser();

    private static async Task<IResult> WriteAsync(string name, HttpContext context, UserStore users)
    {
        (JsonDocument? document, IResult? refusal) = await JsonBody.ReadAsync(context.Request);
        if (document is null)
        {
            return refusal!;
        }

        using (document)
        {
            return await Of(name, context).WriteAsync(document.RootElement, change => users.PutAsync(name, change, context.StorageDeadline()), full: NoSuchUser(), missing: NoSuchUser());
        }
    }

    private static Task<IResult> DeleteAsync(string name, HttpContext context, UserStore users) =>
        Of(name, context).DeleteAsync(allowed => users.DeleteAsync(name, allowed, context.StorageDeadline()), NoSuchUser());

    private static Resource<User> Of(string name, HttpContext context) => new(context, (body, faults) => Read(name, body, faults), UserBody.Of);

    private static User? Read(string name, JsonElement body, Faults faults)
    {
        if (!Names.IsPathName(name))
        {
            faults.Add("name", Names.AcceptedPathNames);
        }

        if (JsonFields.Of(body, "$", faults, "name", "email", "receiveAlertMail", "culture", "timeZone") is not { } fields)
        {
            return null;
        }

        if (fields.Has("name") && fields.Text("name", Names.MaximumPathNameLength) != name)
        {
            fields.Refuse("name", "must be the name in the path, or left out.");
        }

        var user = new User(name)
        {
            Email = fields.Address("email"),
            ReceiveAlertMail = fields.Flag("receiveAlertMail") ?? false,
            Culture = fields.Choice("culture", ("ja", MailCulture.Ja), ("en", MailCulture.En)),
            TimeZone = fields.TimeZone("timeZone"),
        };
        if (user.ReceiveAlertMail && !fields.Has("email"))
        {
            fields.Refuse("email", "is required when receiveAlertMail is true: the address that mail goes to, such as ops@example.com.");
        }

        return user;
    }

    private static IResult NoSuchUser() => Problem.NotFound("There is no user of this name.");
}

/// <summary>A user.</summary>
/// <param name="Name">The name, as in the path.</param>
/// <param name="Email">Where mail goes, or null.</param>
/// <param name="ReceiveAlertMail">Whether the user receives alert mail.</param>
/// <param name="Culture">The language of the user's mail; null for the system's language.</param>
/// <param name="TimeZone">The IANA zone in which this user's mail shows times; null for the system's.</param>
internal sealed record UserBody(string Name, string? Email, bool ReceiveAlertMail, MailCulture? Culture, string? TimeZone)
{
    public static UserBody Of(User user) => new(user.Name, user.Email, user.ReceiveAlertMail, user.Culture, user.TimeZone?.Id);
}

/// <summary>A user as written. What is left out, or null, takes its default, or stays when it is a patch.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record UserChangeBody
{
    /// <summary>The name in the path, if at all.</summary>
    [MaxLength(Names.MaximumPathNameLength)]
    public string? Name { get; init; }

    /// <summary>Where mail goes; required while `receiveAlertMail` is true.</summary>
    public string? Email { get; init; }

    /// <summary>Whether the user receives alert mail; the default is false.</summary>
    public bool? ReceiveAlertMail { get; init; }

    /// <summary>The language of the user's mail; the default is the system's.</summary>
    public MailCulture? Culture { get; init; }

    /// <summary>The IANA zone in which the user's mail shows times; the default is the system's.</summary>
    public string? TimeZone { get; init; }
}
