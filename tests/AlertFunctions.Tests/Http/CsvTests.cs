using System.Net;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Http;

/// <summary>Lists as CSV, for those who ask for it.</summary>
public sealed class CsvTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Fact]
    public async Task Alerts_are_given_as_CSV_that_Excel_opens_and_in_which_nothing_is_a_formula()
    {
        await Product.ReportAsync("=HYPERLINK(\"http://x\")", message: "two\nlines, one cell", id: "+1", time: "2026-11-24T01:00:00.5Z", severity: "critical");
        await Product.ReportAsync("端末A", "＠Malware", time: "2026-11-24T00:30:00Z");

        Answer csv = await GetCsvAsync("/api/alerts");

        Assert.Equal((HttpStatusCode.OK, "text/csv; charset=utf-8", "Accept"), (csv.Status, csv.ContentType, csv.Headers["Vary"]));
        Assert.Equal(
            "\uFEFFalert,computer,severity,raisedAt,message,eventId\r\n"
            + "Eicar,\"'=HYPERLINK(\"\"http://x\"\")\",critical,2026-11-24T01:00:00.5Z,\"two\nlines, one cell\",'+1\r\n"
            + "'＠Malware,端末A,warning,2026-11-24T00:30:00Z,,\r\n",
            csv.Text);
    }

    [Fact]
    public async Task A_Link_header_leads_from_each_page_to_the_next_without_repeating_a_key()
    {
        foreach (string computer in (string[])["A", "B", "C"])
        {
            await Product.ReportAsync(computer);
        }

        Answer first = await GetCsvAsync("/api/alerts?alert=Eicar&top=2&code=secret");
        string next = first.Headers["Link"];
        Assert.Matches("^</api/alerts\\?alert=Eicar&top=2&continuation=[A-Za-z0-9_-]+>; rel=\"next\"$", next);
        Answer second = await GetCsvAsync(next[1..next.IndexOf('>', StringComparison.Ordinal)]);

        Assert.Contains("Eicar,C,", second.Text, StringComparison.Ordinal);
        Assert.False(second.Headers.ContainsKey("Link"));
    }

    [Fact]
    public async Task System_events_and_users_are_given_as_CSV()
    {
        await PutUserAsync("hanako", culture: "ja");
        await Product.ReportAsync("-A");
        await Product.WorkOffQueueAsync();

        string[] events = (await GetCsvAsync("/api/system-events?culture=en")).Text.Split("\r\n");
        Assert.Equal("\uFEFFtime,id,level,name,description,target,data", events[0]);
        Assert.StartsWith("2026-11-24T02:00:00Z,197,information,Alert Emails Sent,", Assert.Single(events, line => line.Contains(",197,", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(
            "\uFEFFname,email,receiveAlertMail,culture,timeZone\r\nhanako,hanako@example.com,true,ja,\r\n",
            (await GetCsvAsync("/api/users")).Text);
    }

    [Theory]
    [InlineData("text/csv", true)]
    [InlineData("TEXT/CSV; charset=utf-8", true)]
    [InlineData("application/json;q=0.5, text/csv", true)]
    [InlineData("text/html, text/csv, */*;q=0.1", true)]
    [InlineData("", false)]
    [InlineData("*/*", false)]
    [InlineData("application/json, text/csv;q=0.9", false)]
    [InlineData("text/csv;q=0", false)]
    [InlineData("text/*", false)]
    [InlineData(";;;,\u0001", false)]
    public async Task CSV_is_for_those_who_prefer_it(string accept, bool csv)
    {
        Answer answer = await Product.SendAsync("GET", "/api/users", headers: Accept(accept));

        Assert.Equal((HttpStatusCode.OK, csv ? "text/csv" : "application/json"), (answer.Status, answer.ContentType?.Split(';')[0]));
    }

    [Theory]
    [InlineData("/api/alerts?top=0", HttpStatusCode.BadRequest)]
    [InlineData("/api/system-events?level=debug", HttpStatusCode.BadRequest)]
    [InlineData("/api/alerts/detail?alert=Eicar&computer=A", HttpStatusCode.NotFound)]
    public async Task What_is_wrong_is_said_in_problem_details_to_those_who_want_CSV_too(string path, HttpStatusCode status)
    {
        Answer answer = await GetCsvAsync(path);

        Assert.Equal((status, "application/problem+json"), (answer.Status, answer.ContentType?.Split(';')[0]));
    }

    private static Dictionary<string, string> Accept(string accept) => new(StringComparer.Ordinal) { ["Accept"] = accept };

    private Task<Answer> GetCsvAsync(string path) => Product.SendAsync("GET", path, headers: Accept("text/csv"));
}
