using Azure.Data.Tables;

namespace AlertFunctions.Core.Storage;

/// <summary>What every row of a kind has, so that a row that lacks it is damaged.</summary>
internal static class RequiredProperties
{
    /// <exception cref="FormatException">The row does not have the property.</exception>
    public static string Required(this TableEntity row, string? value, string name) => value ?? throw Lacks(row, name);

    /// <exception cref="FormatException">The row does not have the property.</exception>
    public static T Required<T>(this TableEntity row, T? value, string name)
        where T : struct => value ?? throw Lacks(row, name);

    private static FormatException Lacks(TableEntity row, string name) => new($"The row {row.RowKey} has no {name}.");
}
