using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using MimeKit;

namespace AlertFunctions.Tests.ScheduledTasks;

/// <summary><c>POST /api/scheduled-tasks/{name}/preview</c>: the mail as a run on request would send it now.</summary>
public sealed class TaskPreviewTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const string Summary = """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "enabled": false, "recipients": { "allUsers": true, "addresses": ["ops@example.com"] } }""";

    private const string Report = """{ "type": "generateReport", "schedule": "0 9 * * *", "timeZone": "Asia/Tokyo", "recipients": { "allUsers": true, "addresses": ["ops@example.com"] }, "report": { "period": "P7D" } }""";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Installation.Settings["Mail:AlertEmailAddress"] = "";
        await PutUserAsync("hanako", culture: "ja");
        await PutUserAsync("bob", culture: "en");
        await PutAsync("/api/users/Eve", """{ "email": "eve@example.com", "culture": "en", "timeZone": "Europe/Berlin" }""");
        await PutAsync("/api/users/Nobody", "{}");
        await Product.ReportAsync("web01", severity: "critical");
        await Product.WorkOffQueueAsync();
        Smtp.ForgetAccepted();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
    }

    [Theory]
    [InlineData(Summary, "en Europe/Berlin eve@example.com", "en bob@example.com", "ja hanako@example.com ops@example.com")]
    [InlineData(Report, "en bob@example.com eve@example.com", "ja hanako@example.com ops@example.com")]
    public async Task It_is_what_a_run_mails_and_there_is_one_for_each_edition(string task, params string[] editions)
    {
        await PutAsync("/api/scheduled-tasks/daily", task);

        JsonArray mails = await PreviewAsync();

        Assert.Equal(editions, mails.Select(mail => string.Join(' ', ((string?[])[(string?)mail!["culture"], (string?)mail["timeZone"], .. AddressesOf(mail)]).OfType<string>())).Order(StringComparer.Ordinal));
        Assert.Equal(HttpStatusCode.Accepted, (await Product.SendAsync("POST", "/api/scheduled-tasks/daily/run")).Status);
        await Product.WorkOffQueueAsync();
        Assert.Equal(4, Smtp.Accepted.Count);
        foreach (ReceivedMail sent in Smtp.Accepted)
        {
            JsonNode shown = Assert.Single(mails, mail => AddressesOf(mail!).Contains(sent.Recipient, StringComparer.Ordinal))!;
            Assert.Equal((sent.Message.Subject, sent.Message.TextBody), ((string?)shown["subject"], (string?)shown["text"]));
            Assert.Equal(
                sent.Message.Attachments.Cast<MimePart>().Select(file => $"{file.FileName} {Length(file)}"),
                shown["attachments"]!.AsArray().Select(file => $"{file!["name"]} {file["bytes"]}"));
        }
    }

    [Fact]
    public async Task The_page_of_a_report_has_its_pictures_in_it()
    {
        await PutAsync("/api/scheduled-tasks/daily", Report);

        string html = (string)(await PreviewAsync())[0]!["html"]!;

        Assert.Contains("src=\"data:image/png;base64,", html, StringComparison.Ordinal);
        Assert.DoesNotContain("cid:", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_recorded_or_mailed()
    {
        await PutAsync("/api/scheduled-tasks/daily", Report);
        Product.Storage.ForgetCalls();

        await PreviewAsync();

        Assert.Equal(0, Product.Storage.Count(call => call.Method != "GET"));
        Assert.Equal("null", (await Product.GetAsync("/api/scheduled-tasks/daily"))["lastRunAt"]?.ToJsonString() ?? "null");
        Assert.Empty(Smtp.Accepted);
    }

    [Fact]
    public async Task A_task_without_recipients_shows_its_mail_in_the_system_s_language()
    {
        await PutAsync("/api/scheduled-tasks/daily", Summary.Replace("\"allUsers\": true, \"addresses\": [\"ops@example.com\"]", "\"users\": [\"Nobody\"]", StringComparison.Ordinal));

        JsonNode mail = Assert.Single(await PreviewAsync())!;

        Assert.Equal(("ja", "未解決アラートの概要: 未解決のアラートが1件あります"), ((string)mail["culture"]!, (string)mail["subject"]!));
        Assert.Empty(mail["recipients"]!.AsArray());
    }

    private static IEnumerable<string> AddressesOf(JsonNode mail) => mail["recipients"]!.AsArray().Select(recipient => (string)recipient!["address"]!);

    private static long Length(MimePart file)
    {
        using var bytes = new MemoryStream();
        file.Content!.DecodeTo(bytes);
        return bytes.Length;
    }

    private async Task<JsonArray> PreviewAsync()
    {
        Answer answer = await Product.SendAsync("POST", "/api/scheduled-tasks/daily/preview");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json["items"]!.AsArray();
    }
}
