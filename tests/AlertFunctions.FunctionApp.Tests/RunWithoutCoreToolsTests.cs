using System.Diagnostics;
using System.Runtime.InteropServices;
using AlertFunctions.Testing;

namespace AlertFunctions.FunctionApp.Tests;

public sealed class RunWithoutCoreToolsTests
{
    [Fact]
    public async Task Running_the_function_app_without_func_says_how_to_run_the_standalone_host()
    {
        // A path on which nothing but the shell is, so that func is missing on every machine; dotnet is the one that runs this test.
        DirectoryInfo path = Directory.CreateTempSubdirectory("alertfunctions-path-");
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(Path.Combine(path.FullName, "sh"), "/bin/sh");
        }

        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var start = new ProcessStartInfo(dotnet, ["run", "--no-build", "--project", Repository.PathOf("src", "AlertFunctions")]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["PATH"] = path.FullName;
        using Process run = Process.Start(start)!;
        Task<string> error = run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await error;
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);

        path.Delete(recursive: true);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("start the standalone host: dotnet run --project src/AlertFunctions.Standalone", output, StringComparison.Ordinal);
    }
}
