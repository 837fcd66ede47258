using System.Text.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.SystemEvents;
using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Api.Configuration;

/// <summary>One list of the configuration document, such as the users.</summary>
internal abstract class ConfigurationKind
{
    /// <summary>The field of the document that has the list.</summary>
    public abstract string Name { get; }

    /// <summary>The list as it is.</summary>
    public abstract Task<JsonArray> ShowAsync(CancellationToken cancellationToken);

    /// <summary>Reads a list that is to replace what there is, and notes everything that is wrong with it.</summary>
    /// <param name="list">The list.</param>
    /// <param name="document">The whole document, in which lists may name items of other lists.</param>
    /// <param name="faults">Where faults are noted.</param>
    public abstract ConfigurationChange Read(JsonElement list, ConfigurationDocument document, Faults faults);
}

/// <summary>A list that was read and is to replace what there is.</summary>
/// <param name="kind">Which list it is.</param>
/// <param name="apply">Replaces it, or, in a dry run, only says what would be different; null when it was not to be replaced any more.</param>
/// <param name="refuse">The answer when something must not be removed; null when all may be.</param>
internal sealed class ConfigurationChange(
    ConfigurationKind kind, Func<bool, Func<JsonArray, bool>, CancellationToken, Task<RowSetChange?>> apply, Func<IReadOnlyList<string>, CancellationToken, Task<IResult?>> refuse)
{
    /// <summary>Which list it is.</summary>
    public ConfigurationKind Kind => kind;

    /// <summary>What would be different.</summary>
    public async Task<RowSetChange> PlanAsync(CancellationToken cancellationToken) => (await apply(true, _ => true, cancellationToken))!;

    /// <summary>Why a plan must not be carried out; null when it may be.</summary>
    public Task<IResult?> RefuseAsync(RowSetChange plan, CancellationToken cancellationToken) => refuse(plan.Removed, cancellationToken);

    /// <summary>Replaces the list.</summary>
    /// <param name="expected">Whether the list that is there may be replaced.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>What is different now; null when the list that was there was not the expected one.</returns>
    public Task<RowSetChange?> ApplyAsync(Func<JsonArray, bool> expected, CancellationToken cancellationToken) => apply(false, expected, cancellationToken);
}

/// <inheritdoc/>
/// <typeparam name="T">An item.</typeparam>
internal sealed class ConfigurationKind<T>(string name, JsonSerializerOptions json) : ConfigurationKind
    where T : class
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <summary>The field of an item by which it is known.</summary>
    public required string Field { private get; init; }

    /// <summary>The most items that there may be.</summary>
    public int Maximum { private get; init; } = int.MaxValue;

    /// <summary>Lists the items.</summary>
    public required Func<CancellationToken, Task<IReadOnlyList<T>>> List { private get; init; }

    /// <summary>What the document shows of an item.</summary>
    public required Func<T, object> Represent { private get; init; }

    /// <summary>Reads an item at a JSON path; the document has the items that it may name.</summary>
    public required Func<JsonElement, string, ConfigurationDocument, Faults, T?> ReadItem { private get; init; }

    /// <summary>Replaces all items, or says what would be different.</summary>
    public required Func<Func<IReadOnlyList<T>, IReadOnlyList<T>?>, bool, CancellationToken, Task<RowSetChange?>> ReplaceAll { private get; init; }

    /// <summary>Why items of some names must not be removed; null when they may be.</summary>
    public Func<IReadOnlyList<string>, CancellationToken, Task<IResult?>> RefuseRemoval { private get; init; } = (_, _) => Task.FromResult<IResult?>(null);

    /// <inheritdoc/>
    public override async Task<JsonArray> ShowAsync(CancellationToken cancellationToken) => Show(await List(cancellationToken));

    /// <inheritdoc/>
    public override ConfigurationChange Read(JsonElement list, ConfigurationDocument document, Faults faults)
    {
        var items = new List<T>();
        if (list.ValueKind != JsonValueKind.Array)
        {
            faults.Add($"$.{name}", $"must be an array, but is {JsonFields.DescribeType(list)}.");
        }
        else if (list.GetArrayLength() > Maximum)
        {
            faults.Add($"$.{name}", $"has {list.GetArrayLength()} items, but must have at most {Maximum}.");
        }
        else
        {
            items.AddRange(ReadItems(list, document, faults));
        }

        return new ConfigurationChange(
            this,
            (dryRun, expected, cancellationToken) => ReplaceAll(current => expected(Show(current)) ? items : null, dryRun, cancellationToken),
            RefuseRemoval);
    }

    private JsonArray Show(IEnumerable<T> items) => [.. items.Select(item => JsonSerializer.SerializeToNode(Represent(item), json))];

    private List<T> ReadItems(JsonElement list, ConfigurationDocument document, Faults faults)
    {
        var items = new List<T>();
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((int index, JsonElement element) in list.EnumerateArray().Index())
        {
            string path = $"$.{name}[{index}]";
            var own = new Faults();
            if (ReadItem(element, path, document, own) is { } item && !own.Any)
            {
                items.Add(item);
            }

            faults.Add(own, place => place);
            if (ConfigurationDocument.TextOf(element, Field)?.Trim() is { } called && !places.TryAdd(called, path))
            {
                faults.Add($"{path}.{Field}", $"is '{JsonFields.Excerpt(called)}', which {places[called]} is already.");
            }
        }

        return items;
    }
}
