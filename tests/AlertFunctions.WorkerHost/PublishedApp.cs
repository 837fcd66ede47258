using System.Diagnostics;
using AlertFunctions.Testing;

namespace AlertFunctions.WorkerHost;

/// <summary>The function app as <c>dotnet publish</c> makes it for a deployment: published by the first test that asks, removed after the last.</summary>
public sealed class PublishedApp : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("alertfunctions-published-");
    private readonly Lazy<Task> _published;

    /// <summary>xunit makes the one of the run.</summary>
    public PublishedApp() => _published = new(PublishAsync);

    /// <summary>The folder that a deployment packs.</summary>
    public async Task<string> GetFolderAsync()
    {
        await _published.Value;
        return _folder.FullName;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>As azd does it. What it needs was restored when the tests were built.</summary>
    private async Task PublishAsync()
    {
        string[] arguments = ["publish", Repository.PathOf("src", "AlertFunctions", "AlertFunctions.csproj"), "--configuration", "Release", "--output", _folder.FullName, "--no-restore", "-nodeReuse:false"];
        using Process publish = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string output = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        if (publish.ExitCode != 0)
        {
            throw new InvalidOperationException(output);
        }
    }
}
