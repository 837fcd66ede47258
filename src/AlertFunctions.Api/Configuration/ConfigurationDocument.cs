using System.Text.Json;

namespace AlertFunctions.Api.Configuration;

/// <summary>A document that is to become the configuration: some of its lists, and those that it leaves out as they are.</summary>
/// <param name="root">The document.</param>
/// <param name="there">What there is.</param>
internal sealed class ConfigurationDocument(JsonElement root, JsonElement there)
{
    /// <summary>The list of the users.</summary>
    public const string Users = "users";

    /// <summary>The list of the scheduled tasks.</summary>
    public const string ScheduledTasks = "scheduledTasks";

    private const string Name = "name";

    private HashSet<string>? _usersOfTasks;

    /// <summary>
    /// The users whom tasks may name: those that there will be, and those whom a task names although they were removed, so that a document can be written as it
    /// was read.
    /// </summary>
    public IReadOnlySet<string> UsersOfTasks => _usersOfTasks ??= ReadUsersOfTasks();

    /// <summary>A text of an item; null when it has none.</summary>
    public static string? TextOf(JsonElement item, string field)
    {
        try
        {
            return item.ValueKind == JsonValueKind.Object && item.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // a lone surrogate, which the reader of the item refuses
        }
    }

    private static IEnumerable<string> NamesOf(JsonElement list) => list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select(item => TextOf(item, Name)).OfType<string>() : [];

    private HashSet<string> ReadUsersOfTasks()
    {
        JsonElement now = there.GetProperty(Users);
        JsonElement then = root.TryGetProperty(Users, out JsonElement own) && own.ValueKind != JsonValueKind.Null ? own : now;
        IEnumerable<string> named = there.GetProperty(ScheduledTasks).EnumerateArray().SelectMany(task => task.GetProperty("recipients").GetProperty("users").EnumerateArray()).Select(user => user.GetString()!);
        return NamesOf(then).Concat(named.Except(NamesOf(now), StringComparer.Ordinal)).ToHashSet(StringComparer.Ordinal);
    }
}
