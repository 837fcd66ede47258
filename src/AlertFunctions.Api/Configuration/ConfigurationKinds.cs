using System.Text.Json;
using AlertFunctions.Api.Alerts;
using AlertFunctions.Api.Http;
using AlertFunctions.Api.Mappings;
using AlertFunctions.Api.ScheduledTasks;
using AlertFunctions.Api.Users;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mappings;
using AlertFunctions.Core.ScheduledTasks;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace AlertFunctions.Api.Configuration;

/// <summary>The lists of the configuration document. A further kind is one more entry of <see cref="All"/>.</summary>
internal sealed class ConfigurationKinds(AlertTypeStore alertTypes, AlertStore alerts, UserStore users, ScheduledTaskStore tasks, MappingStore mappings, MailSettings settings, IOptions<JsonOptions> json)
{
    /// <summary>Names that one answer repeats.</summary>
    private const int MaximumNames = 10;

    /// <summary>Alert types that are looked at at the same time, each with two queries.</summary>
    private const int ParallelChecks = 16;

    private readonly JsonSerializerOptions _json = json.Value.SerializerOptions;

    /// <summary>The lists, in the order in which they are written: tasks may name users that come with them.</summary>
    public IReadOnlyList<ConfigurationKind> All =>
    [
        new ConfigurationKind<AlertType>("alertTypes", _json)
        {
            Field = AlertTypeReader.Alert,
            Maximum = AlertTypeStore.MaximumTypes,
            List = alertTypes.ListAsync,
            Represent = AlertTypeBody.Of,
            ReadItem = (item, path, _, faults) => AlertTypeReader.Read(item, path, faults),
            ReplaceAll = (decide, dryRun, cancellationToken) => alertTypes.ChangeAllAsync(decide, removesOthers: true, dryRun, cancellationToken),
            RefuseRemoval = RefuseTypesInUseAsync,
        },
        new ConfigurationKind<User>(ConfigurationDocument.Users, _json)
        {
            Field = UserReader.Name,
            List = users.ListAsync,
            Represent = UserBody.Of,
            ReadItem = (item, path, _, faults) => UserReader.Read(item, path, nameInPath: null, faults),
            ReplaceAll = (decide, dryRun, cancellationToken) => users.ChangeAllAsync(decide, removesOthers: true, dryRun, cancellationToken),
        },
        new ConfigurationKind<ScheduledTask>(ConfigurationDocument.ScheduledTasks, _json)
        {
            Field = "name",
            Maximum = ScheduledTaskStore.MaximumTasks,
            List = tasks.ListAsync,
            Represent = ConfiguredTaskBody.Of,
            ReadItem = (item, path, document, faults) => ScheduledTaskReader.Read(item, path, nameInPath: null, settings.TimeZone, document.UsersOfTasks, faults),
            ReplaceAll = (decide, dryRun, cancellationToken) => tasks.ChangeAllAsync(decide, removesOthers: true, dryRun, cancellationToken),
        },
        new ConfigurationKind<Mapping>("mappings", _json)
        {
            Field = MappingReader.Name,
            Maximum = MappingStore.MaximumMappings,
            List = mappings.ListAsync,
            Represent = MappingBody.Of,
            ReadItem = (item, path, _, faults) => MappingReader.Read(item, path, nameInPath: null, faults),
            ReplaceAll = (decide, dryRun, cancellationToken) => mappings.ChangeAllAsync(decide, removesOthers: true, dryRun, cancellationToken),
        },
    ];

    private async Task<IResult?> RefuseTypesInUseAsync(IReadOnlyList<string> removed, CancellationToken cancellationToken)
    {
        bool[] inUse = new bool[removed.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, removed.Count),
            new ParallelOptions { MaxDegreeOfParallelism = ParallelChecks, CancellationToken = cancellationToken },
            async (index, token) => inUse[index] = await alerts.IsInUseAsync(removed[index], token));
        List<string> kept = [.. removed.Where((_, index) => inUse[index])];
        string more = kept.Count > MaximumNames ? $" and {kept.Count - MaximumNames} more" : "";
        return kept.Count == 0 ? null : Problem.Conflict(
            "alertTypeInUse",
            $"Alert types that the document leaves out have outstanding alerts or transitions that wait to be mailed; clear them first, or keep the types: {string.Join(", ", kept.Take(MaximumNames).Select(JsonFields.Excerpt))}{more}. Nothing was changed.");
    }
}
