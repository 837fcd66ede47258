using System.Text.RegularExpressions;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Standalone;

namespace AlertFunctions.Tests.Clients;

/// <summary>The commands of docs/ingest.md are accepted by a real host as what their section says.</summary>
public sealed class IngestExamplesTests(AzuriteServer azurite) : IAsyncLifetime
{
    private const string Document = "docs/ingest.md";
    private const string Key = "local-manage-key";

    private readonly TestLog _log = new();
    private Installation _installation = null!;
    private RunningHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await Installation.CreateAsync(azurite);
        _host = await RunningHost.StartAsync(_installation, _log, services: null, ("Keys:Manage", Key));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _installation.DisposeAsync();
        _log.AssertNothingUnexpected();
    }

    [Fact]
    public void The_Japanese_page_has_the_same_code() => Assert.Equal(CodeBlocks.Of(Document), CodeBlocks.Of("docs/ingest.ja.md"));

    [Fact]
    public async Task Every_command_raises_an_alert()
    {
        string[] blocks = [.. CodeBlocks.Of(Document, "sh")];
        string code = string.Concat(blocks).Replace("http://localhost:7071", _host.Address.OriginalString.TrimEnd('/'), StringComparison.Ordinal);
        Assert.Contains(Key, code, StringComparison.Ordinal);

        string output = await ClientProgram.For("sh").RunAsync(code);

        MatchCollection raised = Regex.Matches(output, "\"recorded\":1,.*\"raised\":\\[\\{.*\"rejected\":0", RegexOptions.None, TimeSpan.FromSeconds(1));
        Assert.True(raised.Count == blocks.Length - 1, output); // the first says where the host is
    }
}
