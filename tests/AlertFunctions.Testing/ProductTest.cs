using System.Text.Json.Nodes;

namespace AlertFunctions.Testing;

/// <summary>What most tests of the product begin with: an installation of their own and one process on it.</summary>
public abstract class ProductTest(AzuriteServer azurite) : IAsyncLifetime
{
    private ProductProcess? _product;

    protected Installation Installation { get; private set; } = null!;

    /// <summary>Started when it is first asked for, so that a test can change the settings before.</summary>
    protected ProductProcess Product => _product ??= Installation.Start();

    protected ScriptedSmtpServer Smtp => Installation.Smtp;

    public virtual async ValueTask InitializeAsync() => Installation = await Installation.CreateAsync(azurite);

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Installation.DisposeAsync();
        _product?.Log.AssertNothingUnexpected();
    }

    /// <summary>A failure of the server is logged as a warning, which a test of one expects.</summary>
    protected void ExpectFailingMail() => Product.Log.Expect(entry => entry.EventId.Name == "MailFailing");

    protected async Task<JsonNode> ReportAndMailAsync(string computer, string alert = "Eicar", string state = "occurred", string? message = null, string? severity = null)
    {
        JsonNode answer = await Product.ReportAsync(computer, alert, state, message, severity: severity);
        await Product.WorkOffQueueAsync();
        return answer;
    }

    protected async Task PutAsync(string path, string json)
    {
        Answer answer = await Product.SendAsync("PUT", path, json);
        Assert.True(answer.Status == System.Net.HttpStatusCode.OK, answer.Text);
    }

    protected Task PutUserAsync(string name, string? email = null, bool receive = true, string? culture = null) => PutAsync(
        $"/api/users/{Uri.EscapeDataString(name)}",
        new JsonObject { ["email"] = email ?? $"{name}@example.com", ["receiveAlertMail"] = receive, ["culture"] = culture }.ToJsonString());

    /// <summary>The undelivered mail.</summary>
    protected async Task<List<JsonNode>> MailAsync(string query = "") => [.. (await Product.GetAsync($"/api/mail{query}"))["items"]!.AsArray().Select(item => item!)];

    /// <summary>The descriptions of the system events of a number, oldest first.</summary>
    protected async Task<List<string>> DescriptionsAsync(int number, string culture = "ja") =>
        [.. (await Product.SystemEventsAsync(number, culture)).Select(item => item["description"]!.GetValue<string>())];
}
