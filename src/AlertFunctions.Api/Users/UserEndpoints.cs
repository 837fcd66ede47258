using System.Text.Json;
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
    public static void MapUsers(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/users", ListAsync).RequireAuthorization(AccessPolicies.Read).WithSummary("The users.").Produces<ItemList<UserBody>>(200, "application/json", CsvAnswer.ContentType);
        endpoints.MapGet("/api/users/{name}", GetAsync).RequireAuthorization(AccessPolicies.Read).WithSummary("One user.").Produces<UserBody>().ProducesProblem(404);
        endpoints.MapPut("/api/users/{name}", WriteAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Adds or replaces a user; what is left out takes its default.").Accepts<UserBody>(JsonBody.MediaType).Produces<UserBody>().ProducesValidationProblem().ProducesProblem(412);
        endpoints.MapPatch("/api/users/{name}", WriteAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Changes a user; what is left out stays.").Accepts<UserBody>(JsonBody.MergePatchMediaType, JsonBody.MediaType).Produces<UserBody>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(412);
        endpoints.MapPost("/api/users/import", ImportAsync).RequireAuthorization(AccessPolicies.Manage).WithQuery("dryRun").WithSummary("Adds and changes the users of a CSV file, such as the list of users is; the others stay. With dryRun=true it only answers what it would do.").Accepts<string>(CsvAnswer.ContentType).Produces<UserImportBody>().ProducesValidationProblem().ProducesProblem(413).ProducesProblem(415);
        endpoints.MapDelete("/api/users/{name}", DeleteAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Removes a user; mail that waits keeps the last address.").Produces(204).ProducesProblem(404).ProducesProblem(412);
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

    private static async Task<IResult> ImportAsync(HttpContext context, UserStore users, IOptions<JsonOptions> json)
    {
        if (JsonBody.ContentTypeFault(context.Request, CsvAnswer.ContentType) is { } fault)
        {
            return Problem.Of(StatusCodes.Status415UnsupportedMediaType, "unsupportedMediaType", fault);
        }

        var faults = new Faults();
        bool dryRun = new Query(context.Request, faults).DryRun();
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
/// <param name="Email">Where mail goes, or null; required while <c>receiveAlertMail</c> is true.</param>
/// <param name="ReceiveAlertMail">Whether the user receives alert mail; false when left out.</param>
/// <param name="Culture"><c>ja</c> or <c>en</c>; null for the system's language.</param>
/// <param name="TimeZone">The IANA zone in which this user's mail shows times; null for the system's.</param>
internal sealed record UserBody(string? Name, string? Email, bool ReceiveAlertMail, MailCulture? Culture, string? TimeZone)
{
    public static UserBody Of(User user) => new(user.Name, user.Email, user.ReceiveAlertMail, user.Culture, user.TimeZone?.Id);
}
