using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Documentation;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AlertFunctions.Tests.Clients;

/// <summary>The examples of docs/clients.md and docs/alertfunctions.http do what their page says, against a real host.</summary>
public sealed class ClientExamplesTests(AzuriteServer azurite) : DocumentedHostTest(azurite)
{
    private const string Document = "docs/clients.md";

    protected override string Key => "local-manage-key";

    [Fact]
    public void The_Japanese_page_has_the_same_code() => Assert.Equal(CodeBlocks.Of(Document), CodeBlocks.Of("docs/clients.ja.md"));

    [Theory]
    [InlineData("sh", "curl", "curl's exit code is 22", "\"code\":\"invalidRequest\"", "$[1].computer", "法務-curl")]
    [InlineData("powershell", "PowerShell", "raised: 経理-PowerShell", "recorded: 1, duplicates: 1", "invalidRequest", "$[0].computer")]
    [InlineData("python", "Python", "duplicates: 1", "400 invalidRequest", "$.computer")]
    [InlineData("csharp", "CSharp", "raised: 2", "duplicates: 2", "invalidRequest", "$[0].computer")]
    public async Task The_examples_send_events_through_an_outage_and_read_the_alerts_over_all_pages(string language, string client, params string[] says)
    {
        var gate = new UnavailableAtFirst();
        await StartAsync(services => services.AddSingleton<IStartupFilter>(gate));
        string code = ForHost(string.Concat(CodeBlocks.Of(Document, language)));
        Assert.Contains(Key, code, StringComparison.Ordinal);

        string output = await ClientProgram.For(language).RunAsync(code);

        string[] computers = [$"経理-{client}", $"総務-{client}"];
        Assert.All([.. says, .. computers.Select(computer => $"Eicar on {computer} since ")], text => Assert.Contains(text, output, StringComparison.Ordinal));
        JsonArray alerts = (await GetAsync("/api/alerts"))["items"]!.AsArray();
        Assert.Equal(computers.Order(StringComparer.Ordinal), alerts.Select(alert => alert!["computer"]!.GetValue<string>()).Order(StringComparer.Ordinal));
        JsonNode first = alerts.Single(alert => alert!["computer"]!.GetValue<string>() == computers[0])!;
        Assert.Equal(("critical", "Eicar_test_file"), (first["severity"]!.GetValue<string>(), first["message"]!.GetValue<string>()));
        Assert.EndsWith("-1", first["eventId"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains(computers[0], (await Installation.Smtp.WaitForAcceptedAsync(1))[0].Message.TextBody, StringComparison.Ordinal);
        Assert.True(gate.HasRefused);
    }

    [Fact]
    public async Task Every_request_of_the_HTTP_file_is_answered_well()
    {
        await StartAsync();
        HttpRequestMessage[] requests = [.. HttpFile.Requests("docs/alertfunctions.http", new Dictionary<string, string>(StringComparer.Ordinal) { ["url"] = Address })];
        Assert.InRange(requests.Length, 15, 50);

        foreach (HttpRequestMessage request in requests)
        {
            using HttpResponseMessage answer = await Host.Http.SendAsync(request);
            Assert.True(answer.IsSuccessStatusCode, $"{request}\n{await answer.Content.ReadAsStringAsync()}");
        }

        Assert.Equal("総務-http", Assert.Single((await GetAsync("/api/alerts"))["items"]!.AsArray())!["computer"]!.GetValue<string>());
        Assert.Contains("経理-http", (await Installation.Smtp.WaitForAcceptedAsync(1))[0].Message.TextBody, StringComparison.Ordinal);
    }
}
