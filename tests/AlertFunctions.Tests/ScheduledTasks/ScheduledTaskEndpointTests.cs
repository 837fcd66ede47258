using System.Net;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.ScheduledTasks;

/// <summary><c>/api/scheduled-tasks</c>.</summary>
public sealed class ScheduledTaskEndpointTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const string Report = """
        { "type": "generateReport", "schedule": "0 9 * * 1-5", "timeZone": "Asia/Tokyo", "recipients": { "allUsers": true, "users": [], "addresses": [] }, "enabled": true, "report": { "period": "P7D" } }
        """;

    [Fact]
    public async Task A_task_can_be_written_read_and_removed()
    {
        Answer put = await Product.SendAsync("PUT", "/api/scheduled-tasks/週報 1", Report);
        Assert.Equal(HttpStatusCode.OK, put.Status);
        Assert.Equal(
            """{"name":"週報 1","type":"generateReport","schedule":"0 9 * * 1-5","timeZone":"Asia/Tokyo","recipients":{"allUsers":true,"users":[],"addresses":[]},"enabled":true,"report":{"period":"P7D"},"lastRunAt":null,"nextRunAt":"2026-11-25T00:00:00Z","lastOutcome":null,"nextRuns":["2026-11-25T00:00:00Z","2026-11-26T00:00:00Z","2026-11-27T00:00:00Z","2026-11-30T00:00:00Z","2026-12-01T00:00:00Z"]}""",
            put.Text);
        Assert.Equal(put.Text, (await Product.GetAsync("/api/scheduled-tasks/週報 1")).ToJsonString(Relaxed));
        Assert.False(Assert.Single((await Product.GetAsync("/api/scheduled-tasks"))["items"]!.AsArray())!.AsObject().ContainsKey("nextRuns"));

        // An answer can be sent back as it is.
        Assert.Equal(put.Text, (await Product.SendAsync("PUT", "/api/scheduled-tasks/週報 1", put.Text)).Text);

        Assert.Equal(HttpStatusCode.NoContent, (await Product.SendAsync("DELETE", "/api/scheduled-tasks/週報 1")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Product.SendAsync("DELETE", "/api/scheduled-tasks/週報 1")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Product.SendAsync("GET", "/api/scheduled-tasks/週報 1")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Product.SendAsync("POST", "/api/scheduled-tasks/週報 1/run")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Product.SendAsync("POST", "/api/scheduled-tasks/週報 1/preview")).Status);
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("朝の概要 1._-@", true)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    [InlineData("a%7Cb", false)]
    [InlineData("%20a", false)]
    [InlineData("a%09b", false)]
    public async Task A_name_is_as_a_users_1_to_64_letters_digits_spaces_and_some_signs(string name, bool accepted)
    {
        Answer answer = await Product.SendAsync("PUT", $"/api/scheduled-tasks/{name}", Report);

        Assert.Equal(accepted ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.Status);
        Assert.True(accepted || answer.Json["errors"]!["name"] is not null, answer.Text);
    }

    [Fact]
    public async Task The_next_run_follows_the_schedule_the_zone_and_the_switch()
    {
        Assert.Equal("2026-11-25T00:00:00Z", await NextRunAsync(Report));
        Assert.Equal("2026-11-24T03:30:00Z", await NextRunAsync(Report.Replace("0 9 * * 1-5", "30 12 * * *", StringComparison.Ordinal)));
        Assert.Equal("2026-11-24T17:30:00Z", await NextRunAsync(Report.Replace("0 9 * * 1-5", "30 12 * * *", StringComparison.Ordinal).Replace("Asia/Tokyo", "America/New_York", StringComparison.Ordinal)));
        Assert.Null(await NextRunAsync(Report.Replace("\"enabled\": true", "\"enabled\": false", StringComparison.Ordinal)));
        Assert.Equal("2026-11-25T00:00:00Z", await NextRunAsync(Report));

        // The system's zone where none is named.
        Assert.Equal("2026-11-25T00:00:00Z", await NextRunAsync(Report.Replace("\"timeZone\": \"Asia/Tokyo\",", "", StringComparison.Ordinal)));

        // Another change does not lose a run that is due at this moment.
        Installation.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal("2026-11-25T00:00:00Z", await NextRunAsync(Report.Replace("P7D", "P1M", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("$.type", """{ "type": "sendReport", "schedule": "0 9 * * *", "recipients": { "allUsers": true } }""", "must be 'sendAlertSummary' or 'generateReport'")]
    [InlineData("$.type", """{ "schedule": "0 9 * * *", "recipients": { "allUsers": true } }""", "is required: 'sendAlertSummary' or 'generateReport'")]
    [InlineData("$.schedule", """{ "type": "sendAlertSummary", "schedule": "0 0 9 * * *", "recipients": { "allUsers": true } }""", "a cron expression of five fields")]
    [InlineData("$.schedule", """{ "type": "sendAlertSummary", "schedule": "0 0 30 2 *", "recipients": { "allUsers": true } }""", "of a time that comes")]
    [InlineData("$.schedule", """{ "type": "sendAlertSummary", "recipients": { "allUsers": true } }""", "is required: a cron expression")]
    [InlineData("$.schedule", """{ "type": "sendAlertSummary", "schedule": 9, "recipients": { "allUsers": true } }""", "must be a string")]
    [InlineData("$.timeZone", """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "timeZone": "Tokyo", "recipients": { "allUsers": true } }""", "must be an IANA time zone such as Asia/Tokyo")]
    [InlineData("$.timeZone", """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "timeZone": "Tokyo Standard Time", "recipients": { "allUsers": true } }""", "must be an IANA time zone")]
    [InlineData("$.recipients", """{ "type": "sendAlertSummary", "schedule": "0 9 * * *" }""", "is required")]
    [InlineData("$.recipients", """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "recipients": { "allUsers": false, "users": [] } }""", "must name somebody")]
    [InlineData("$.recipients.addresses[1]", """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "recipients": { "addresses": ["ops@example.com", "nobody"] } }""", "must be an address that mail can be delivered to")]
    [InlineData("$.recipients.addresses", """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "recipients": { "addresses": "ops@example.com" } }""", "must be an array of strings, but is a string")]
    [InlineData("$.recipients.users[0]", """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "recipients": { "users": [7] } }""", "must be a string, but is a number")]
    [InlineData("$.recipients.users[0]", """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "recipients": { "users": ["a/b"] } }""", "letters, digits, spaces and . _ - @")]
    [InlineData("$.recipients.users[1]", """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "recipients": { "users": ["花子", "gone"] } }""", "is 'gone', but must be the name of a user that there is")]
    [InlineData("$.recipients.everybody", """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "recipients": { "everybody": true } }""", "is not known; accepted are allUsers, users, addresses")]
    [InlineData("$.report", """{ "type": "generateReport", "schedule": "0 9 * * *", "recipients": { "allUsers": true } }""", "is required for generateReport")]
    [InlineData("$.report.period", """{ "type": "generateReport", "schedule": "0 9 * * *", "recipients": { "allUsers": true }, "report": { "period": "P1Y" } }""", "must be days (P1D to P366D), weeks (P1W to P52W) or months (P1M to P12M)")]
    [InlineData("$.report.period", """{ "type": "generateReport", "schedule": "0 9 * * *", "recipients": { "allUsers": true }, "report": {} }""", "is required")]
    [InlineData("$.enabled", """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "recipients": { "allUsers": true }, "enabled": "yes" }""", "must be true or false")]
    [InlineData("$.name", """{ "name": "other", "type": "sendAlertSummary", "schedule": "0 9 * * *", "recipients": { "allUsers": true } }""", "must be the name in the path")]
    [InlineData("$", "[]", "must be an object")]
    public async Task A_fault_is_answered_with_its_place_and_what_is_accepted(string path, string body, string accepted)
    {
        await PutUserAsync("花子", "hanako@example.com");
        Answer answer = await Product.SendAsync("PUT", "/api/scheduled-tasks/daily", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.Contains(accepted, answer.Json["errors"]![path]![0]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty((await Product.GetAsync("/api/scheduled-tasks"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_report_that_becomes_a_summary_keeps_its_period_for_the_way_back()
    {
        await PutAsync("/api/scheduled-tasks/daily", Report);

        Answer summary = await Product.SendAsync("PATCH", "/api/scheduled-tasks/daily", """{ "type": "sendAlertSummary" }""");
        Answer report = await Product.SendAsync("PATCH", "/api/scheduled-tasks/daily", """{ "type": "generateReport" }""");

        Assert.Equal([(HttpStatusCode.OK, "P7D"), (HttpStatusCode.OK, "P7D")], new[] { summary, report }.Select(answer => (answer.Status, (string?)answer.Json["report"]!["period"])));
    }

    [Fact]
    public async Task Every_fault_is_named_at_once()
    {
        Answer answer = await Product.SendAsync("PUT", "/api/scheduled-tasks/daily!", """{ "type": "?", "schedule": "?", "timeZone": "?", "recipients": { "addresses": ["?"] }, "report": { "period": "?" } }""");
        Assert.Equal(
            ["$.recipients.addresses[0]", "$.report.period", "$.schedule", "$.timeZone", "$.type", "name"],
            answer.Json["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task There_may_be_two_hundred_tasks()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
            Assert.Equal(HttpStatusCode.OK, (await Product.SendAsync("PUT", $"/api/scheduled-tasks/task {number}", Report)).Status));
        Answer answer = await Product.SendAsync("PUT", "/api/scheduled-tasks/one more", Report);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("200 already", answer.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await Product.SendAsync("PUT", "/api/scheduled-tasks/task 7", Report)).Status);
    }

    private static System.Text.Json.JsonSerializerOptions Relaxed { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private async Task<string?> NextRunAsync(string body)
    {
        Answer answer = await Product.SendAsync("PUT", "/api/scheduled-tasks/daily", body);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return (string?)answer.Json["nextRunAt"];
    }
}
