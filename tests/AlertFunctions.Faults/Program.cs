using System.CommandLine;
using AlertFunctions.Faults;

var seed = new Option<int>("--seed") { Description = "Decides the plan and the load; another one each time when left out.", DefaultValueFactory = _ => Environment.TickCount & 0xFFFF };
var kills = new Option<int>("--kills") { Description = "After how many kills the faults end.", DefaultValueFactory = _ => 200 };
var seconds = new Option<int>("--seconds") { Description = "After how many seconds the faults end in any case.", DefaultValueFactory = _ => 3600 };
var worker = new Option<bool>("--worker") { Description = "One process is the published worker of the function app in place of a standalone host." };
var drain = new Option<int>("--drain") { Description = "How many seconds after the last fault nothing may be left to do.", DefaultValueFactory = _ => 120 };
var folder = new Option<DirectoryInfo>("--output") { Description = "Where faults.md and the processes' log are written.", DefaultValueFactory = _ => new DirectoryInfo("TestResults") };
var root = new RootCommand("Kills AlertFunctions and breaks all it stands on, by a plan that a seed decides, and checks that every alert was mailed. Needs Node.js, for the storage emulator and a mail server.")
{
    seed, kills, seconds, worker, drain, folder,
};
root.SetAction(async (parsed, interrupted) =>
{
    var options = new RunOptions(parsed.GetValue(seed), parsed.GetValue(kills), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(worker), TimeSpan.FromSeconds(parsed.GetValue(drain)));
    DirectoryInfo target = parsed.GetValue(folder)!;
    target.Create();
    await using TextWriter log = TextWriter.Synchronized(new StreamWriter(Path.Combine(target.FullName, "faults.log")) { AutoFlush = true });
    RunResult result = await new FaultRun(options, Console.Out).RunAsync(log, interrupted);
    await Console.Out.WriteLineAsync(Report.Of(result, mostShown: 20));
    await File.WriteAllTextAsync(Path.Combine(target.FullName, "faults.md"), Report.Of(result, int.MaxValue), CancellationToken.None);
    return result.Verdict.Broken.Count > 0 ? 1 : 0;
});

// Ctrl+C leaves no process behind.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
