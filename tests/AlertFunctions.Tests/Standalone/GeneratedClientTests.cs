using System.Diagnostics;
using AlertFunctions.Core.Storage;
using AlertFunctions.Standalone;
using AlertFunctions.Testing;
using Azure.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Tests.Standalone;

/// <summary>A client that is generated from the OpenAPI document, as a program uses it.</summary>
public sealed class GeneratedClientTests(AzuriteServer azurite) : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("alertfunctions-client-");
    private Installation _installation = null!;

    public async ValueTask InitializeAsync() => _installation = await Installation.CreateAsync(azurite);

    public async ValueTask DisposeAsync()
    {
        await _installation.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task It_records_events_pages_through_2500_alerts_and_understands_a_problem()
    {
        await using WebApplication host = await StartHostAsync();
        string address = host.Urls.First();
        using (var http = new HttpClient())
        {
            await File.WriteAllBytesAsync(PathOf("openapi.json"), await http.GetByteArrayAsync($"{address}/openapi/v1.json"));
        }

        await RunAsync("tool", "restore");
        await RunAsync(
            "tool", "run", "kiota", "generate", "--language", "CSharp", "--openapi", PathOf("openapi.json"), "--output", PathOf("client"), "--class-name", "AlertsClient",
            "--namespace-name", "AlertFunctions.Client", "--exclude-backward-compatible", "--log-level", "Warning");
        await RunAsync(
            "build", Repository.PathOf("tests", "AlertFunctions.GeneratedClient", "AlertFunctions.GeneratedClient.csproj"), $"-property:GeneratedClient={PathOf("client")}",
            $"-property:BaseIntermediateOutputPath={PathOf("obj")}{Path.DirectorySeparatorChar}", "--output", PathOf("out"), "-nodeReuse:false", "--verbosity", "quiet");
        string output = await RunAsync(PathOf(Path.Combine("out", "AlertFunctions.GeneratedClient.dll")), address, "manage-key", "2500");

        Assert.Equal("raised 2500, listed 2500 on 7 pages, notFound", output.Trim());
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private async Task<WebApplication> StartHostAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection(_installation.Settings);
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("urls", (string?)"http://127.0.0.1:0"), KeyValuePair.Create("Keys:Manage", (string?)"manage-key")]);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new StorageClients(new(_installation.Settings["AzureWebJobsStorage"]), new DefaultAzureCredential(), TimeProvider.System, _installation.NamePrefix));
        WebApplication host = StandaloneHost.Build(builder);
        await host.StartAsync();
        return host;
    }

    /// <summary>Runs dotnet, in the folder whose tools and package versions are the repository's.</summary>
    private static async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["KIOTA_OFFLINE_ENABLED"] = "true";
        start.Environment["KIOTA_CLI_TELEMETRY_OPTOUT"] = "true";
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
        return output;
    }
}
