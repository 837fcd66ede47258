using System.Globalization;
using System.Text;
using AlertFunctions.Faults.Ledger;
using AlertFunctions.Faults.Plan;

namespace AlertFunctions.Faults;

/// <summary>Says what came out of a run.</summary>
internal static class Report
{
    /// <summary>As Markdown.</summary>
    /// <param name="result">The result.</param>
    /// <param name="mostShown">How many broken promises are shown.</param>
    public static string Of(RunResult result, int mostShown)
    {
        Evidence evidence = result.Evidence;
        var text = new StringBuilder();
        Add($"| | |");
        Add($"|---|---|");
        Add($"| Seed | {result.Options.Seed} |");
        Add($"| Processes | {(result.Options.WithWorker ? "a standalone host and the published worker" : "two standalone hosts")} |");
        Add($"| Kills | {result.Plan.Count} in {result.Faults.TotalSeconds:0} s; {result.FailedStarts} starts did not come up |");
        foreach (IGrouping<string, Fault> kind in result.Plan.SelectMany(kill => kill.Faults).GroupBy(fault => fault.GetType().Name, StringComparer.Ordinal).OrderBy(kind => kind.Key, StringComparer.Ordinal))
        {
            Add($"| {kind.Key} | {kind.Count()} |");
        }

        Add($"| Events sent, acknowledged | {evidence.Sent.Count}, {evidence.Sent.Count(sent => sent.Acknowledged)} |");
        Add($"| Raises and clears to be mailed | {evidence.Sent.Count(sent => sent is { Acknowledged: true, Mailed: true })} |");
        Add($"| Mails accepted | {evidence.Deliveries.Count} |");
        foreach ((string cause, int count) in result.Verdict.Copies.OrderBy(copy => copy.Key, StringComparer.Ordinal))
        {
            Add($"| Second copies: {cause} | {count} |");
        }

        Add($"| System events | {string.Join(", ", result.SystemEvents.Select(number => $"{number.Key}: {number.Value}"))} |");
        Add($"| Drained after the last fault in | {result.Drained.TotalSeconds:0} s |");
        Add($"| Broken promises | {result.Verdict.Broken.Count} |");
        text.AppendLine();
        foreach (string broken in result.Verdict.Broken.Take(mostShown))
        {
            Add($"- {broken}");
        }

        return text.ToString();

        void Add(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }
}
