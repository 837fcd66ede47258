using System.Net;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Formats;

/// <summary>How each format is recognised, and the answer to a body that is none of them.</summary>
public sealed class RecognitionTests(AzuriteServer azurite) : FormatTest(azurite)
{
    protected override string Folder => "Alertmanager";

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "host": "a", "text": "b" }""")]
    [InlineData("""[{ "host": "a" }]""")]
    [InlineData("""{ "alerts": [] }""")]
    [InlineData("7")]
    public async Task What_is_no_format_is_told_which_there_are(string body)
    {
        Answer answer = await Product.SendAsync("POST", "/api/events", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("webhooks of the Prometheus Alertmanager and of Grafana (format=alertmanager)", answer.Json["errors"]!["$"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "computer": "a" }""")]
    [InlineData("""[{ "alert": "a", "computer": 7 }]""")]
    public async Task A_fault_in_our_own_format_is_not_explained_with_others(string body)
    {
        Answer answer = await Product.SendAsync("POST", "/api/events", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.DoesNotContain("Also accepted", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData(null)]
    public async Task A_format_that_is_named_is_read_whatever_the_content_type(string? contentType)
    {
        Answer refused = await Product.SendAsync("POST", "/api/events", Sample("firing.json"), contentType);
        Answer answer = await SendBadAsync(Sample("firing.json"), contentType, "?format=alertmanager");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, refused.Status);
        Assert.Contains("Also accepted are", refused.Text, StringComparison.Ordinal);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
    }

    [Fact]
    public async Task A_format_that_there_is_not_is_answered_with_those_that_there_are()
    {
        Answer answer = await Product.SendAsync("POST", "/api/events?format=nagios", "{}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("'alertmanager'", (string)answer.Json["errors"]!["format"]![0]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?format=alertmanager", "$.alerts")]
    [InlineData("?format=alertmanager&dryRun=perhaps", "dryRun")]
    [InlineData("?dryRun=perhaps", "dryRun")]
    public async Task What_is_wrong_with_the_whole_request_is_refused(string query, string path)
    {
        Answer answer = await Product.SendAsync("POST", $"/api/events{query}", """{ "alerts": 7, "receiver": "r" }""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.NotNull(answer.Json["errors"]![path]);
    }

    [Fact]
    public async Task A_body_in_a_named_format_that_is_not_JSON_says_so()
    {
        Answer answer = await Product.SendAsync("POST", "/api/events?format=alertmanager", "<alert/>");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("not valid JSON", answer.Text, StringComparison.Ordinal);
    }
}
