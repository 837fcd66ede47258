using System.Diagnostics;

namespace AlertFunctions.Infra.Tests;

/// <summary>One run of a script of the repository: how it ended, and what it said.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Error">What it wrote to standard error.</param>
internal sealed record ScriptRun(int ExitCode, string Output, string Error)
{
    /// <summary>The shell runs <c>.sh</c>, PowerShell <c>.ps1</c>. Skips the calling test where there is none.</summary>
    /// <param name="path">The script, from the root of the repository.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">All of its environment, beside what the machine needs to start it.</param>
    /// <param name="tools">A folder whose programs it finds first; null for the machine's own.</param>
    public static ScriptRun Of(string path, string[] arguments, (string Name, string Value)[] environment, string? tools = null)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The scripts and their stand-ins for tools are run by a POSIX shell.");
        string[] interpreter = path.EndsWith(".ps1", StringComparison.Ordinal)
            ? ["dotnet", "tool", "run", "pwsh", "--", "-NoProfile", "-NonInteractive", "-File"]
            : ["bash"];
        ProcessStartInfo start = new(interpreter[0], [.. interpreter.Skip(1), Repository.PathOf(path), .. arguments])
        {
            // The repository's tools, such as PowerShell, are found from inside it.
            WorkingDirectory = Repository.Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Deployers set the same names on their machines.
        foreach (string name in start.Environment.Keys.Where(IsOfADeployment).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["NO_COLOR"] = "1";
        start.Environment["PATH"] = tools is null ? start.Environment["PATH"] : $"{tools}{Path.PathSeparator}{start.Environment["PATH"]}";
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        ScriptRun run = new(process.ExitCode, output, error.GetAwaiter().GetResult());
        Assert.SkipWhen((run.Output + run.Error).Contains("dotnet tool restore", StringComparison.Ordinal), "Needs the tools of this repository: run `dotnet tool restore`.");
        return run;
    }

    private static bool IsOfADeployment(string name) =>
        name.StartsWith("AZURE_", StringComparison.Ordinal) || name is "ZONE_REDUNDANT" or "VARIABLES" or "GITHUB_ENV" or "CHANGELOG";
}
