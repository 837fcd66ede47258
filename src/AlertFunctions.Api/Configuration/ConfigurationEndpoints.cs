using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AlertFunctions.Api.Alerts;
using AlertFunctions.Api.Documentation;
using AlertFunctions.Api.Http;
using AlertFunctions.Api.Mappings;
using AlertFunctions.Api.ScheduledTasks;
using AlertFunctions.Api.Users;
using AlertFunctions.Core.SystemEvents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AlertFunctions.Api.Configuration;

/// <summary><c>/api/configuration</c>: what people have set, as one document that can be kept in version control and taken to another installation. It holds no secret.</summary>
internal static class ConfigurationEndpoints
{
    /// <summary>The largest document, in bytes. A larger configuration is sent list by list.</summary>
    public const int MaximumLength = 16 * 1024 * 1024;

    private const string Example = $$"""
        { "alertTypes": [{{AlertTypeEndpoints.Example}}], "users": [{{UserEndpoints.Example}}], "scheduledTasks": [{ {{ScheduledTaskEndpoints.ExampleFields}} }], "mappings": [{{MappingEndpoints.Example}}] }
        """;

    public static void MapConfiguration(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/configuration", GetAsync).RequireAuthorization(AccessPolicies.Read)
            .WithName("getConfiguration")
            .WithSummary("Get the configuration")
            .WithDescription("Alert types, users, scheduled tasks and mappings as one document, with an `ETag`. It holds no secret.")
            .Produces<ConfigurationBody>()
            .WithVersions()
            .WithExamples(answer: Example);
        endpoints.MapPut("/api/configuration", PutAsync).RequireAuthorization(AccessPolicies.Manage).WithQuery(QueryParameters.DryRun)
            .WithName("replaceConfiguration")
            .WithSummary("Replace the configuration")
            .WithDescription("Makes each list of the document the one that there is; a list that is left out stays as it is.")
            .Accepts<NewConfigurationBody>(JsonBody.MediaType)
            .Produces<ConfigurationChangesBody>()
            .ProducesOwnProblem(StatusCodes.Status409Conflict)
            .WithVersions()
            .WithExamples(
                request: Example,
                answer: """{ "dryRun": false, "changes": { "users": { "added": ["hanako"], "changed": [], "removed": [], "unchanged": 0 } } }""");
    }

    private static async Task<IResult> GetAsync(HttpContext context, ConfigurationKinds kinds, IOptions<JsonOptions> json)
    {
        JsonObject configuration = await ShowAsync(kinds, context.StorageDeadline());
        context.Response.Headers.ETag = EntityTag.Of(configuration, json.Value.SerializerOptions);
        return Results.Ok(configuration);
    }

    private static async Task<IResult> PutAsync(HttpContext context, ConfigurationKinds kinds, IOptions<JsonOptions> json)
    {
        var faults = new Faults();
        bool dryRun = new Query(context.Request, faults).Get(QueryParameters.DryRun);
        (JsonDocument? document, IResult? refusal) = await JsonBody.ReadAsync(context.Request, MaximumLength);
        if (document is null)
        {
            return refusal!;
        }

        using (document)
        {
            JsonObject there = await ShowAsync(kinds, context.StorageDeadline());
            if (!EntityTag.Matches(context.Request, EntityTag.Of(there, json.Value.SerializerOptions)))
            {
                return Problem.PreconditionFailed("The configuration was changed since it was read; read it again, and repeat the change with the new ETag.");
            }

            IReadOnlyList<ConfigurationChange> changes = Read(document.RootElement, there, kinds, faults);
            return faults.Any ? Problem.Invalid(faults) : await CarryOutAsync(changes, there, dryRun, context);
        }
    }

    private static async Task<JsonObject> ShowAsync(ConfigurationKinds kinds, CancellationToken cancellationToken)
    {
        var configuration = new JsonObject();
        foreach (ConfigurationKind kind in kinds.All)
        {
            configuration[kind.Name] = await kind.ShowAsync(cancellationToken);
        }

        return configuration;
    }

    private static List<ConfigurationChange> Read(JsonElement root, JsonObject there, ConfigurationKinds kinds, Faults faults)
    {
        IReadOnlyList<ConfigurationKind> all = kinds.All;
        if (JsonFields.Of(root, "$", faults, [.. all.Select(kind => kind.Name)]) is not { } fields)
        {
            return [];
        }

        var document = new ConfigurationDocument(root, JsonSerializer.SerializeToElement(there));
        return [.. all.Where(kind => fields.Has(kind.Name)).Select(kind => kind.Read(fields[kind.Name], document, faults))];
    }

    /// <summary>Everything that would refuse the document is looked at before anything of it is written.</summary>
    private static async Task<IResult> CarryOutAsync(IReadOnlyList<ConfigurationChange> changes, JsonObject there, bool dryRun, HttpContext context)
    {
        CancellationToken deadline = context.StorageDeadline();
        var done = new Dictionary<string, RowSetChange>(StringComparer.Ordinal);
        foreach (ConfigurationChange change in changes)
        {
            RowSetChange plan = await change.PlanAsync(deadline);
            if (await change.RefuseAsync(plan, deadline) is { } refusal)
            {
                return refusal;
            }

            done[change.Kind.Name] = plan;
        }

        // Whoever names a version wants nobody's later change to be lost, also one that comes while this is written.
        bool conditional = context.Request.Headers.ContainsKey(HeaderNames.IfMatch);
        foreach (ConfigurationChange change in dryRun ? [] : changes)
        {
            if (await change.ApplyAsync(list => !conditional || JsonNode.DeepEquals(list, there[change.Kind.Name]), deadline) is not { } made)
            {
                return Problem.PreconditionFailed($"{change.Kind.Name} was changed while the configuration was written, and the lists before it may have been replaced already; read it again, and repeat the change with the new ETag.");
            }

            done[change.Kind.Name] = made;
        }

        return Results.Ok(new ConfigurationChangesBody(dryRun, done));
    }
}

/// <summary>The configuration.</summary>
/// <param name="AlertTypes">The alert types.</param>
/// <param name="Users">The users.</param>
/// <param name="ScheduledTasks">The scheduled tasks.</param>
/// <param name="Mappings">The mappings.</param>
internal sealed record ConfigurationBody(
    IReadOnlyList<AlertTypeBody> AlertTypes, IReadOnlyList<UserBody> Users, IReadOnlyList<ConfiguredTaskBody> ScheduledTasks, IReadOnlyList<MappingBody> Mappings);

/// <summary>A configuration as a whole. A list that is left out, or null, stays as it is.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record NewConfigurationBody
{
    /// <summary>The alert types.</summary>
    public IReadOnlyList<AlertTypeChangeBody>? AlertTypes { get; init; }

    /// <summary>The users; each with its name.</summary>
    public IReadOnlyList<UserChangeBody>? Users { get; init; }

    /// <summary>The scheduled tasks; each with its name.</summary>
    public IReadOnlyList<NewScheduledTaskBody>? ScheduledTasks { get; init; }

    /// <summary>The mappings; each with its name.</summary>
    public IReadOnlyList<NewMappingBody>? Mappings { get; init; }
}

/// <summary>What a document did, or would do.</summary>
/// <param name="DryRun">Whether nothing was done.</param>
/// <param name="Changes">For each list of the document, what is different by it.</param>
internal sealed record ConfigurationChangesBody(bool DryRun, IReadOnlyDictionary<string, RowSetChange> Changes);
