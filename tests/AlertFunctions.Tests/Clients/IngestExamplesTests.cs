using System.Text.RegularExpressions;
using AlertFunctions.Api.Alerts.Catalogues;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Documentation;

namespace AlertFunctions.Tests.Clients;

/// <summary>The commands of docs/ingest.md and docs/ingest-deep-security.md are accepted by a real host as what their section says.</summary>
public sealed class IngestExamplesTests(AzuriteServer azurite) : DocumentedHostTest(azurite)
{
    private const string Document = "docs/ingest.md";
    private const string DeepSecurity = "docs/ingest-deep-security.md";

    protected override string Key => "local-manage-key";

    [Theory]
    [InlineData(Document, "docs/ingest.ja.md")]
    [InlineData(DeepSecurity, "docs/ingest-deep-security.ja.md")]
    public void The_Japanese_page_has_the_same_code(string english, string japanese) => Assert.Equal(CodeBlocks.Of(english), CodeBlocks.Of(japanese));

    [Fact]
    public async Task Every_command_raises_an_alert_but_the_one_that_asks_whether_it_may_send()
    {
        string[] blocks = [.. CodeBlocks.Of(Document, "sh")];
        await StartAsync();
        string code = ForHost(string.Concat(blocks));
        Assert.Contains(Key, code, StringComparison.Ordinal);

        string output = await ClientProgram.For("sh").RunAsync(code);

        MatchCollection raised = Regex.Matches(output, "\"recorded\":1,.*\"raised\":\\[\\{.*\"rejected\":0", RegexOptions.None, TimeSpan.FromSeconds(1));
        Assert.True(raised.Count == blocks.Length - 2, output); // the first says where the host is
        Assert.Contains("WebHook-Allowed-Origin: eventgrid.azure.net", output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Every_command_for_Deep_Security_raises_an_alert_or_registers_those_that_are_predefined()
    {
        string[] blocks = [.. CodeBlocks.Of(DeepSecurity, "sh").Where(block => block.StartsWith("curl ", StringComparison.Ordinal))];
        await StartAsync();
        string code = string.Join("echo\n", blocks)
            .Replace("https://NAME.azurewebsites.net", Address, StringComparison.Ordinal)
            .Replace("x-functions-key: KEY", $"x-functions-key: {Key}", StringComparison.Ordinal)
            .Replace("code=KEY", $"code={Key}", StringComparison.Ordinal);

        string output = await ClientProgram.For("sh").RunAsync(code);
        string[] answers = [.. output.Split('\n').Where(line => line.StartsWith('{'))]; // the rest is curl's progress

        Assert.True(blocks.Length == answers.Length, output);
        Assert.StartsWith($$"""{"added":{{AlertCatalogue.Of(CatalogueName.DeepSecurity).Alerts.Count}},"unchanged":0,""", answers[0], StringComparison.Ordinal);
        Assert.Contains("\"raised\":[{\"alert\":\"Eicar_test_file\",\"computer\":\"web01\"}]", answers[1], StringComparison.Ordinal);
        Assert.Contains("\"raised\":[{\"alert\":\"Abnormal Restart Detected\",\"computer\":\"web02\"}]", answers[2], StringComparison.Ordinal);
    }
}
