using System.CommandLine;
using AlertFunctions.Bench;
using AlertFunctions.Bench.Works;
using Spectre.Console;

string[] names = [.. Work.All.Select(work => work.Name).Distinct(StringComparer.Ordinal)];
var works = new Option<string[]>("--works") { Description = "What to measure; everything when left out.", AllowMultipleArgumentsPerToken = true };
works.AcceptOnlyFromAmong(names);
var scale = new Option<double>("--scale") { Description = "How much of it: 1 for as much as the documentation's figures are of.", DefaultValueFactory = _ => 1 };
var output = new Option<DirectoryInfo>("--output") { Description = "Where benchmarks.md and benchmarks.json are written.", DefaultValueFactory = _ => new DirectoryInfo("TestResults") };
var root = new RootCommand("Measures AlertFunctions beside what the libraries alone can do in the same run. Needs Node.js, for the storage emulator.") { works, scale, output };
root.SetAction(async (parsed, _) =>
{
    string[] chosen = parsed.GetValue(works) is { Length: > 0 } some ? some : names;
    List<Work> all = [.. Work.All.Where(work => chosen.Contains(work.Name))];
    var figures = new List<Figure>();
    await AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new ElapsedTimeColumn()).StartAsync(async progress =>
    {
        ProgressTask task = progress.AddTask("Measuring", maxValue: all.Count);
        foreach (Work work in all)
        {
            task.Description = work.Name;
            figures.AddRange(await work.MeasureAsync(parsed.GetValue(scale)));
            await Report.WriteAsync(figures, parsed.GetValue(output)!); // what is measured is kept, whatever the next work meets
            task.Increment(1);
        }
    });
    Report.Show(figures);
    return figures.Any(figure => figure.Ratio < figure.Required) ? 1 : 0;
});
return await root.Parse(args).InvokeAsync();
