using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace AlertFunctions.Bench;

/// <summary>Shows what was measured: as a table, as Markdown and as JSON.</summary>
internal static class Report
{
    private static readonly string[] s_columns = ["Work", "Product", "Raw", "Ratio", "Required", "p50 / p95 / p99", "CPU per unit", "Peak memory", "Operations", "Note"];

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Show(IEnumerable<Figure> figures)
    {
        var table = new Table();
        table.AddColumns(s_columns);
        foreach (Figure figure in figures)
        {
            table.AddRow([.. Cells(figure with { RawIs = "" }).Select(Markup.Escape)]);
        }

        AnsiConsole.Write(table);
    }

    public static async Task WriteAsync(IReadOnlyList<Figure> figures, DirectoryInfo folder)
    {
        folder.Create();
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, .NET {Environment.Version}, {DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm} UTC");
        text.AppendLine().AppendLine(Row(s_columns)).AppendLine(Row(s_columns.Select(_ => "---")));
        foreach (Figure figure in figures)
        {
            text.AppendLine(Row(Cells(figure)));
        }

        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "benchmarks.md"), text.ToString());
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "benchmarks.json"), JsonSerializer.Serialize(figures, s_json));
    }

    private static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    private static IEnumerable<string> Cells(Figure figure) =>
    [
        figure.Work,
        figure.Product is { } product ? $"{Number(product)} {figure.Unit}/s" : "",
        figure.Raw is { } raw ? figure.RawIs.Length > 0 ? $"{Number(raw)}/s ({figure.RawIs})" : $"{Number(raw)}/s" : "",
        figure.Ratio is { } ratio ? ratio.ToString("0.00", CultureInfo.InvariantCulture) : "",
        figure.Required is { } required ? required.ToString("0.0", CultureInfo.InvariantCulture) : "",
        figure.Latency is { } latency ? $"{Number(latency.Median)} / {Number(latency.P95)} / {Number(latency.P99)} ms" : "",
        figure.ProcessorTime is { } processor ? $"{Number(processor)} ms" : "",
        figure.Memory is { } memory ? $"{memory.ToString("0", CultureInfo.InvariantCulture)} MiB" : "",
        figure.Operations is { } operations ? $"{Number(operations.Values.Sum())}: {string.Join(", ", operations.Select(kind => $"{Number(kind.Value)} {kind.Key}"))}" : "",
        figure.Note,
    ];

    private static string Number(double value) => value.ToString(value >= 100 ? "#,##0" : "0.##", CultureInfo.InvariantCulture);
}
