using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Http;

/// <summary>What is outstanding, as a console and scripts ask for it: in an order, searched, counted, and by computer.</summary>
public sealed class AlertListTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Theory]
    [InlineData("", "Virus/B Virus/A Scan/C Scan/A")]
    [InlineData("sort=severity&order=asc", "Scan/C Scan/A Virus/B Virus/A")]
    [InlineData("sort=raisedAt", "Scan/C Virus/B Virus/A Scan/A")]
    [InlineData("sort=raisedAt&order=asc", "Scan/A Virus/A Virus/B Scan/C")]
    [InlineData("sort=alert", "Scan/A Scan/C Virus/A Virus/B")]
    [InlineData("sort=alert&order=desc", "Virus/A Virus/B Scan/A Scan/C")]
    [InlineData("sort=computer", "Scan/A Virus/A Virus/B Scan/C")]
    [InlineData("sort=computer&order=desc", "Scan/C Virus/B Scan/A Virus/A")]
    [InlineData("severity=warning", "Scan/C Scan/A")]
    [InlineData("alert=Virus&sort=computer&order=desc", "Virus/B Virus/A")]
    public async Task Alerts_come_in_the_order_asked_for_on_every_size_of_page_and_by_default_the_most_severe_and_newest_first(string query, string expected)
    {
        await RaiseFourAsync();

        foreach (int top in (int[])[1, 3, 4])
        {
            Assert.Equal(expected, string.Join(' ', await PagesAsync($"/api/alerts?{query}&", top, item => $"{item["alert"]}/{item["computer"]}")));
        }
    }

    [Theory]
    [InlineData("pc-one", 1)]
    [InlineData("EICAR", 2)]
    [InlineData("試験", 2)]
    [InlineData("trial", 2)]
    [InlineData("TMP/x", 1)]
    [InlineData("nothing of the kind", 0)]
    [InlineData("%", 0)]
    public async Task A_search_finds_a_part_of_the_computer_the_alert_the_title_or_the_message_without_regard_to_case(string search, int found)
    {
        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "title": { "ja": "試験ファイル", "en": "Trial File" } }""");
        await Product.ReportAsync("PC-One", "Eicar", message: "in /tmp/X");
        await Product.ReportAsync("PC-Two", "Eicar");
        await Product.ReportAsync("PC-Three", "Malware");

        JsonNode page = await Product.GetAsync($"/api/alerts?search={Uri.EscapeDataString(search)}");

        Assert.Equal((found, found), (page["items"]!.AsArray().Count, page["total"]!.GetValue<int>()));
    }

    [Fact]
    public async Task The_total_counts_what_the_query_matches_over_all_pages()
    {
        await RaiseFourAsync();

        JsonNode first = await Product.GetAsync("/api/alerts?severity=warning&top=1");
        JsonNode second = await Product.GetAsync($"/api/alerts?severity=warning&top=1&continuation={first["continuation"]}");

        Assert.Equal((2, 2, null), (first["total"]!.GetValue<int>(), second["total"]!.GetValue<int>(), second["continuation"]));
    }

    [Fact]
    public async Task The_total_is_exact_up_to_ten_thousand_and_then_null()
    {
        await Product.ReportAsync("pc");
        await CopyAlertAsync(9_999);

        Assert.Equal(("10000", "10000"), await TotalsAsync());
        await Product.ReportAsync("one more");
        Assert.Equal(("", ""), await TotalsAsync());

        async Task<(string Alerts, string Computers)> TotalsAsync() =>
            ($"{(await Product.GetAsync("/api/alerts?top=1"))["total"]}", $"{(await Product.GetAsync("/api/computers?top=1"))["total"]}");
    }

    /// <summary>Copies the one alert that there is to other computers, a hundred in a transaction, which costs less than to report them.</summary>
    private async Task CopyAlertAsync(int count)
    {
        TableEntity row = Assert.Single(await Installation.RowsAsync("Work", Alert.RowKey("Eicar", "pc")));
        IEnumerable<TableTransactionAction> copies = Enumerable.Range(0, count).Select(number => $"pc{number}").Select(computer =>
            new TableTransactionAction(TableTransactionActionType.Add, new TableEntity(row.ToDictionary()) { RowKey = Alert.RowKey("Eicar", computer), ["Computer"] = computer }));
        await Parallel.ForEachAsync(copies.Chunk(100), async (some, token) => await Installation.Table("Work").SubmitTransactionAsync(some, token));
    }

    [Fact]
    public async Task A_page_of_many_alerts_reads_them_a_thousand_at_once_and_is_told_apart_from_the_next_though_the_last_of_it_is_cleared_meanwhile()
    {
        await Product.PostEventsAsync(new JsonArray([.. Enumerable.Range(0, 1_000).Select(number => (JsonNode)new JsonObject { ["computer"] = $"pc{number:000}", ["alert"] = "Eicar" })]).ToJsonString());
        await Product.ReportAsync("zz");
        Product.Storage.ForgetCalls();

        JsonNode first = await Product.GetAsync("/api/alerts?sort=computer&top=500&alert=Eicar");
        Assert.InRange(Product.Storage.Count(), 1, 3); // the types; the alerts in two answers
        await Product.ReportAsync("pc499", state: "cleared");
        JsonNode second = await Product.GetAsync($"/api/alerts?sort=computer&top=500&alert=Eicar&continuation={first["continuation"]}");

        Assert.Equal(("pc499", "pc500"), (first["items"]![499]!["computer"]!.GetValue<string>(), second["items"]![0]!["computer"]!.GetValue<string>()));
        Assert.Equal((1_001, 1_000), (first["total"]!.GetValue<int>(), second["total"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Computers_are_listed_with_their_highest_severity_and_their_first_alerts_the_longest_outstanding_first()
    {
        await RaiseFourAsync();
        for (int i = 0; i < 6; i++)
        {
            await Product.ReportAsync("A", $"more{i}", time: $"2026-11-24T01:0{i}:00Z");
        }

        foreach (int top in (int[])[1, 2, 3])
        {
            Assert.Equal(["A", "B", "C"], await PagesAsync("/api/computers?", top, item => item["computer"]!.GetValue<string>()));
        }

        JsonNode page = await Product.GetAsync("/api/computers");
        Assert.Equal(3, page["total"]!.GetValue<int>());
        Assert.Equal(
            """{"computer":"A","severity":"critical","alerts":8,"firstAlerts":["Scan","Virus","more0","more1","more2"],"firstRaisedAt":"2026-11-24T00:10:00Z","lastRaisedAt":"2026-11-24T01:05:00Z"}""",
            page["items"]![0]!.ToJsonString());
    }

    [Fact]
    public async Task The_summary_names_the_five_computers_on_which_an_alert_has_been_outstanding_longest()
    {
        for (int i = 0; i < 7; i++)
        {
            await Product.ReportAsync($"pc{i}", time: $"2026-11-24T01:0{6 - i}:00Z");
        }

        JsonNode summary = Assert.Single((await Product.GetAsync("/api/alerts/summary"))["items"]!.AsArray())!;

        Assert.Equal(7, summary["computers"]!.GetValue<int>());
        Assert.Equal(["pc6", "pc5", "pc4", "pc3", "pc2"], summary["firstComputers"]!.AsArray().Select(computer => computer!.GetValue<string>()));
    }

    [Theory]
    [InlineData("/api/alerts?sort=title", "sort")]
    [InlineData("/api/alerts?sort=Severity", "sort")]
    [InlineData("/api/alerts?sort=alert&sort=computer", "sort")]
    [InlineData("/api/alerts?order=up", "order")]
    [InlineData("/api/alerts?search=%00", "search")]
    [InlineData("/api/computers?top=1001", "top")]
    [InlineData("/api/computers?continuation=JyBvciAnJyBlcSAn", "continuation")] // ' or '' eq '
    [InlineData("/api/computers?continuation=OTk5OTk5OTk5OTk5OTk5OTk5OQpB", "continuation")] // a time beyond all times
    public async Task A_wrong_query_parameter_is_named(string path, string parameter)
    {
        Answer answer = await Product.SendAsync("GET", path);

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.Status, answer.ContentType?.Split(';')[0]));
        Assert.Equal([parameter], answer.Json["errors"]!.AsObject().Select(error => error.Key));
    }

    [Fact]
    public async Task A_continuation_of_another_order_or_a_made_up_one_is_refused()
    {
        await RaiseFourAsync();
        string continuation = (await Product.GetAsync("/api/alerts?sort=alert&top=1"))["continuation"]!.GetValue<string>();
        string[] wrong =
        [
            $"/api/alerts?continuation={continuation}",
            $"/api/alerts?sort=alert&order=desc&continuation={continuation}",
            .. ((string[])["Severity\nTrue\nHigh\n1\nA\nB", "Severity\nTrue\n7\n1\nA\nB", "Severity\nTrue\n1\n1\nA\nB", "Severity\nTrue\nWarning,Critical\n1\nA\nB", "Severity\nTrue\nCritical\n9999999999999999999\nA\nB", "Severity\nTrue\nCritical\n1\n\nB"])
                .Select(place => $"/api/alerts?continuation={Convert.ToBase64String(Encoding.UTF8.GetBytes(place)).TrimEnd('=').Replace('+', '-').Replace('/', '_')}"),
        ];

        foreach (string path in wrong)
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await Product.SendAsync("GET", path)).Status);
        }
    }

    private async Task RaiseFourAsync()
    {
        await PutAsync("/api/alert-types", """{ "alert": "Virus", "severity": "critical" }""");
        await Product.ReportAsync("A", "Scan", time: "2026-11-24T00:10:00Z");
        await Product.ReportAsync("A", "Virus", time: "2026-11-24T00:20:00Z");
        await Product.ReportAsync("B", "Virus", time: "2026-11-24T00:30:00Z");
        await Product.ReportAsync("C", "Scan", time: "2026-11-24T00:40:00Z");
    }

    /// <summary>All items of all pages, after making sure that no page is larger than asked for.</summary>
    private async Task<List<string>> PagesAsync(string path, int top, Func<JsonNode, string> describe)
    {
        var items = new List<string>();
        for (string? continuation = ""; continuation is not null;)
        {
            JsonNode page = await Product.GetAsync($"{path}top={top}&continuation={continuation}");
            Assert.InRange(page["items"]!.AsArray().Count, 0, top);
            items.AddRange(page["items"]!.AsArray().Select(item => describe(item!)));
            continuation = page["continuation"]?.GetValue<string>();
        }

        return items;
    }
}
