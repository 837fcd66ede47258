using System.Diagnostics;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Infrastructure;

public sealed class NodeProcessTests
{
    [Fact]
    public async Task A_program_ends_when_its_parent_is_gone()
    {
        await NodeProcess.SkipTestWithoutNodeAsync();
        var start = new ProcessStartInfo("node", ["--require", Repository.InfrastructureFile("exit-with-parent.cjs"), "-e", "setInterval(() => {}, 1000); console.log('up')"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        Assert.Equal("up", await process.StandardOutput.ReadLineAsync());

        // What the operating system does for a killed parent.
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(ChangeSignal.DefaultTimeout);
        await process.WaitForExitAsync(patience.Token);
    }

    [Fact]
    public async Task A_program_that_does_not_start_says_why()
    {
        await NodeProcess.SkipTestWithoutNodeAsync();
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => NodeProcess.StartAsync("no-such-script.js", [], _ => true));
        Assert.Contains("Cannot find module", failure.Message, StringComparison.Ordinal);
    }
}
