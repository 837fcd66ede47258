using System.Text.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Users;

namespace AlertFunctions.Api.Users;

/// <summary>
/// Users of a CSV file. Each line is a patch of the user that it names: an empty cell restores the default, and a column that is not there leaves what the user has, so
/// that a list of names and addresses turns nobody's mail off.
/// </summary>
internal sealed class UserImport
{
    private static readonly JsonElement s_nobody = JsonElement.Parse("{}");

    private readonly List<(int Line, string Name, JsonElement Patch)> _patches = [];
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly JsonSerializerOptions _json;

    private UserImport(JsonSerializerOptions json) => _json = json;

    /// <summary>Reads a file; null when it has no columns that can be read.</summary>
    /// <param name="csv">The file.</param>
    /// <param name="json">How users are written.</param>
    /// <param name="faults">Where faults are noted, by line and column.</param>
    public static UserImport? Read(ReadOnlyMemory<byte> csv, JsonSerializerOptions json, Faults faults)
    {
        IReadOnlyList<CsvLine> lines;
        try
        {
            lines = CsvFile.Read(csv);
        }
        catch (FormatException exception)
        {
            faults.Add("$", exception.Message);
            return null;
        }

        if (lines.Count == 0 || !CheckHeader(lines[0], faults))
        {
            faults.Add("$", $"must begin with a line that names its columns: name and any of {string.Join(", ", UserReader.Fields.Skip(1))}.");
            return null;
        }

        var import = new UserImport(json);
        foreach (CsvLine line in lines.Skip(1))
        {
            import.Add(line, lines[0].Cells, faults);
        }

        return import;
    }

    /// <summary>What becomes of the users that the file names; null when anything is wrong.</summary>
    /// <param name="there">The users that there are.</param>
    /// <param name="faults">Where faults are noted, by line and column.</param>
    public IReadOnlyList<User>? Apply(IReadOnlyList<User> there, Faults faults)
    {
        Dictionary<string, User> known = there.ToDictionary(user => user.Name, StringComparer.Ordinal);
        var users = new List<User>();
        foreach ((int line, string name, JsonElement patch) in _patches)
        {
            JsonElement current = known.TryGetValue(name, out User? user) ? JsonSerializer.SerializeToElement(UserBody.Of(user), _json) : s_nobody;
            var own = new Faults();
            if (UserReader.Read(MergePatch.Apply(current, patch), "$", nameInPath: null, own) is { } changed)
            {
                users.Add(changed);
            }

            faults.Add(own, path => PlaceOf(line, path[2..]));
        }

        return faults.Any ? null : users;
    }

    private static string PlaceOf(int line, string column) => $"line {line}, {column}";

    private static bool CheckHeader(CsvLine header, Faults faults)
    {
        foreach (string column in header.Cells.Where(cell => !UserReader.Fields.Contains(cell, StringComparer.Ordinal)).Take(JsonFields.MaximumUnknown))
        {
            faults.Add(PlaceOf(header.Number, JsonFields.Excerpt(column)), $"is not known; accepted are {string.Join(", ", UserReader.Fields)}.");
        }

        foreach (string column in header.Cells.CountBy(cell => cell).Where(column => column.Value > 1).Select(column => column.Key))
        {
            faults.Add(PlaceOf(header.Number, JsonFields.Excerpt(column)), "is there more than once.");
        }

        return header.Cells.Contains(UserReader.Name, StringComparer.Ordinal);
    }

    private void Add(CsvLine line, IReadOnlyList<string> columns, Faults faults)
    {
        if (line.Cells.Count != columns.Count)
        {
            faults.Add($"line {line.Number}", $"has {line.Cells.Count} cells, but the first line names {columns.Count} columns.");
            return;
        }

        var patch = new JsonObject();
        foreach ((string column, string cell) in columns.Zip(line.Cells))
        {
            patch[column] = column == UserReader.ReceiveAlertMail && bool.TryParse(cell, out bool flag) ? flag : cell.Length == 0 ? null : cell; // Excel writes TRUE
        }

        string name = (string?)patch[UserReader.Name] ?? "";
        if (name.Length > 0 && !_lines.TryAdd(name, line.Number))
        {
            faults.Add(PlaceOf(line.Number, UserReader.Name), $"is '{JsonFields.Excerpt(name)}', which line {_lines[name]} names already.");
        }

        _patches.Add((line.Number, name, JsonSerializer.SerializeToElement(patch)));
    }
}

/// <summary>What an import did, or would do.</summary>
/// <param name="Added">The names of the users that were not there.</param>
/// <param name="Changed">The names of those that were there and are different now.</param>
/// <param name="Unchanged">How many are as the file says already.</param>
internal sealed record UserImportBody(IReadOnlyList<string> Added, IReadOnlyList<string> Changed, int Unchanged)
{
    public static UserImportBody Of(RowSetChange change) => new(change.Added, change.Changed, change.Unchanged);
}
