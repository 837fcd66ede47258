using System.Diagnostics;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Clients;

/// <summary>A program of somebody who uses the API, in the language that the documentation shows.</summary>
/// <param name="Language">The language, as code blocks name it.</param>
/// <param name="FileName">The file that the code is saved to.</param>
/// <param name="Prologue">What the test puts before it, so that no failure is passed over.</param>
/// <param name="Needs">The tools that must be installed.</param>
/// <param name="Command">The command that runs it, the file's path left out.</param>
internal sealed record ClientProgram(string Language, string FileName, string Prologue, IReadOnlyList<string> Needs, IReadOnlyList<string> Command)
{
    /// <summary>Generous: it ends a program that would hang, and never decides one that works.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private static readonly ClientProgram[] s_all =
    [
        new("sh", "client.sh", "set -euo pipefail\n", ["bash", "curl", "jq", "gzip"], ["bash"]),
        new("powershell", "client.ps1", "$ErrorActionPreference = 'Stop'\n", ["dotnet"], ["dotnet", "tool", "run", "pwsh", "--", "-NoProfile", "-NonInteractive", "-File"]),
        new("python", "client.py", "", ["python3"], ["python3"]),
        new("csharp", "client.cs", "", ["dotnet"], ["dotnet", "run"]),
    ];

    /// <summary>The program for a language.</summary>
    public static ClientProgram For(string language) => s_all.Single(program => program.Language == language);

    /// <summary>Runs code, and gives what it wrote. Skips the calling test where a tool is missing.</summary>
    /// <param name="code">The code.</param>
    public async Task<string> RunAsync(string code)
    {
        Assert.SkipUnless(Needs.All(IsInstalled), $"Needs {string.Join(", ", Needs)}.");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("alertfunctions-client-");
        try
        {
            string file = Path.Combine(folder.FullName, FileName);
            await File.WriteAllTextAsync(file, Prologue + code);
            (int exitCode, string output) = await RunAsync(file, folder.FullName);
            Assert.SkipWhen(output.Contains("dotnet tool restore", StringComparison.Ordinal), "Needs the tools of this repository: run `dotnet tool restore`.");
            Assert.True(exitCode == 0, $"It ended with {exitCode}:\n{output}");
            return output;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static bool IsInstalled(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => new[] { Path.Combine(folder, tool), Path.Combine(folder, $"{tool}.exe") })
        .Any(File.Exists);

    private async Task<(int ExitCode, string Output)> RunAsync(string file, string folder)
    {
        // The repository's tools are found from inside it; what a program writes goes beside its file.
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(Command[0], [.. Command.Skip(1), file])
            {
                WorkingDirectory = Command.Contains("tool") ? Repository.Root : folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            },
        };
        process.StartInfo.Environment["PYTHONIOENCODING"] = "utf-8";
        process.StartInfo.Environment["NO_COLOR"] = "1";
        process.StartInfo.Environment["XDG_DATA_HOME"] = folder; // what `dotnet run` builds is kept there
        process.Start();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        return (process.ExitCode, await output + await error);
    }
}
