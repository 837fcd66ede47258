using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Formats;

/// <summary>What tests of a foreign format begin with: the samples beside them, and an installation to send them to.</summary>
public abstract class FormatTest(AzuriteServer azurite) : ProductTest(azurite)
{
    /// <summary>The folder of the format's samples.</summary>
    protected abstract string Folder { get; }

    /// <summary>A body as a real sender sends it.</summary>
    protected string Sample(string name) => Repository.Read(Path.Combine("tests", "AlertFunctions.Tests", "Formats", Folder, name));

    /// <summary>Sends a body and expects 200.</summary>
    protected async Task<JsonNode> PostAsync(string body, string contentType = "application/json", string query = "")
    {
        Answer answer = await Product.SendAsync("POST", $"/api/events{query}", body, contentType);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }

    /// <summary>Sends a body in which something is bad, and so not as the OpenAPI document describes it.</summary>
    protected async Task<Answer> SendBadAsync(string body, string? contentType = "application/json", string query = "", IReadOnlyDictionary<string, string>? headers = null)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(body));
        return await Product.SendStreamAsync("POST", $"/api/events{query}", stream, contentType, headers);
    }

    /// <summary>Sends a body in which something is bad, and expects 200.</summary>
    protected async Task<JsonNode> PostBadAsync(string body, string contentType = "application/json", string query = "")
    {
        Answer answer = await SendBadAsync(body, contentType, query);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }

    /// <summary>Sends a body, expects 200, and sends the mail that follows.</summary>
    protected async Task<JsonNode> PostAndMailAsync(string body, string contentType = "application/json")
    {
        JsonNode answer = await PostAsync(body, contentType);
        await Product.WorkOffQueueAsync();
        return answer;
    }

    /// <summary>How many events were new, known, and no events at all.</summary>
    protected static (int Recorded, int Duplicates, int Rejected) CountsOf(JsonNode answer) =>
        (answer["recorded"]!.GetValue<int>(), answer["duplicates"]!.GetValue<int>(), answer["rejected"]!.GetValue<int>());

    /// <summary>The alerts of a list of an answer, such as <c>HostDown on web01</c>.</summary>
    protected static IEnumerable<string> Names(JsonNode answer, string list) => answer[list]!.AsArray().Select(alert => $"{alert!["alert"]} on {alert["computer"]}");

    /// <summary>The outstanding alert on a computer.</summary>
    protected async Task<JsonNode> OutstandingAsync(string alert, string computer) =>
        Assert.Single((await Product.GetAsync($"/api/alerts?alert={Uri.EscapeDataString(alert)}&computer={Uri.EscapeDataString(computer)}"))["items"]!.AsArray())!;
}
