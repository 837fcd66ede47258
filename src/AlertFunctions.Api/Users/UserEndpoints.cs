using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Api.Documentation;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace AlertFunctions.Api.Users;

/// <summary><c>/api/users</c>: who receives alert mail (S2).</summary>
internal static class UserEndpoints
{
    /// <summary>A user in JSON, for the document.</summary>
    public const string Example = """{ "name": "hanako", "email": "hanako@example.com", "receiveAlertMail": true, "culture": "ja", "timeZone": "Asia/Tokyo" }""";

    public static void MapUsers(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/users", ListAsync).RequireAuthorization(AccessPolicies.Read)
            .WithName("listUsers")
            .WithSummary("List users")
            .Produces<ItemList<UserBody>>(StatusCodes.Status200OK, JsonBody.MediaType, CsvAnswer.ContentType)
            .WithExamples(answer: $$"""{ "items": [{{Example}}], "total": 1, "continuation": null }""");
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
            .WithExamples(request: """{ "receiveAlertMail": true }""", answer: Example);
        endpoints.MapPost("/api/users/import", ImportAsync).RequireAuthorization(AccessPolicies.Manage).WithQuery(QueryParameters.DryRun)
            .WithName("importUsers")
            .WithSummary("Import users from CSV")
            .WithDescription("Adds and changes the users of a CSV file, such as the list of users is; the others stay. An empty cell restores the default, and a column that is not there changes nothing.")
            .Accepts<string>(CsvAnswer.ContentType)
            .Produces<UserImportBody>()
            .WithExamples(request: "name,email,receiveAlertMail,culture\r\nhanako,hanako@example.com,true,ja\r\n", answer: """{ "added": ["hanako"], "changed": [], "unchanged": 0 }""");
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
                (UserReader.Name, item => item.Name),
                (UserReader.Email, item => item.Email),
                (UserReader.ReceiveAlertMail, item => item.ReceiveAlertMail ? "true" : "false"),
                (UserReader.Culture, item => item.Culture?.ToString().ToLowerInvariant()),
                (UserReader.TimeZone, item => item.TimeZone))
            : Results.Ok(ItemList<UserBody>.Of(items));
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

    private static async Task<IResult> ImportAsync(HttpContext context, UserStore users, IOptions<JsonOptions> json)
    {
        if (JsonBody.ContentTypeFault(context.Request, CsvAnswer.ContentType) is { } fault)
        {
            return Problem.Of(StatusCodes.Status415UnsupportedMediaType, "unsupportedMediaType", fault);
        }

        var faults = new Faults();
        bool dryRun = new Query(context.Request, faults).Get(QueryParameters.DryRun);
        (ReadOnlyMemory<byte> csv, IResult? refusal) = await RequestBody.ReadAsync(context.Request, RequestBody.MaximumLength);
        if (refusal is not null)
        {
            return refusal;
        }

        UserImport? import = UserImport.Read(csv, json.Value.SerializerOptions, faults);
        RowSetChange? change = import is null || faults.Any ? null
            : await users.ChangeAllAsync(there => import.Apply(there, faults = new Faults()), removesOthers: false, dryRun, context.StorageDeadline());
        return change is null ? Problem.Invalid(faults) : Results.Ok(UserImportBody.Of(change));
    }

    private static Resource<User> Of(string name, HttpContext context) => new(context, (body, faults) => UserReader.Read(body, "$", name, faults), UserBody.Of);

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
    [MaxLength(EmailAddress.MaximumLength)]
    public string? Email { get; init; }

    /// <summary>Whether the user receives alert mail; the default is false.</summary>
    public bool? ReceiveAlertMail { get; init; }

    /// <summary>The language of the user's mail; the default is the system's.</summary>
    public MailCulture? Culture { get; init; }

    /// <summary>The IANA zone in which the user's mail shows times; the default is the system's.</summary>
    [MaxLength(TimeZones.MaximumLength)]
    public string? TimeZone { get; init; }
}
