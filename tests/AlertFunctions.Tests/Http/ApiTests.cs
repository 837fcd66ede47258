using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Crashes;

namespace AlertFunctions.Tests.Http;

/// <summary>The HTTP contract, route by route.</summary>
public sealed class ApiTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const string Awkward = """/\#?%25|!~'"<&>+`😀 \uFFFE 端末. ..""";

    [Fact]
    public async Task An_event_with_every_field_at_its_limit_is_recorded_and_shown_as_it_was_sent()
    {
        string name = string.Concat(Enumerable.Repeat("😀", 256));
        string message = string.Concat(Enumerable.Repeat("語", 4_095)) + "\\n";
        string data = $$"""{"x":"{{new string('a', (16 * 1024) - 8)}}"}""";
        JsonNode answer = await Product.PostEventsAsync($$"""
            { "id": "{{name}}", "time": "2026-11-25T10:59:59.1234567+09:00", "computer": "{{name}}", "alert": "{{name}}", "state": "occurred", "severity": "critical", "message": "{{message}}", "data": {{data}} }
            """);

        Assert.Equal(1, answer["recorded"]!.GetValue<int>());
        JsonNode detail = await Product.GetAsync($"/api/alerts/detail?alert={Uri.EscapeDataString(name)}&computer={Uri.EscapeDataString(name)}");
        Assert.Equal((name, name, name), (detail["alert"]!.GetValue<string>(), detail["computer"]!.GetValue<string>(), detail["eventId"]!.GetValue<string>()));
        Assert.Equal("critical", detail["severity"]!.GetValue<string>());
        Assert.Equal("2026-11-25T01:59:59.1234567Z", detail["raisedAt"]!.GetValue<string>());
        Assert.Equal(4_096, detail["message"]!.GetValue<string>().Length);
        JsonNode latest = Assert.Single(detail["events"]!.AsArray())!;
        Assert.Equal(data, latest["data"]!.ToJsonString());
        Assert.Equal(("occurred", "critical", name), (latest["state"]!.GetValue<string>(), latest["severity"]!.GetValue<string>(), latest["id"]!.GetValue<string>()));

        await Product.WorkOffQueueAsync();
        Assert.Single(Smtp.Accepted);
    }

    [Theory]
    [InlineData("""{"a":1,"a":{"b":[null,true,1e400,"\u0000\u202E"]},"":"\ud83d\ude00"}""")]
    [InlineData("{}")]
    public async Task Data_may_be_any_object_and_is_shown_again(string data)
    {
        await Product.PostEventsAsync($$"""{ "computer": "A", "alert": "Eicar", "data": {{data}} }""");

        Answer answer = await Product.SendAsync("GET", "/api/alerts/detail?alert=Eicar&computer=A");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
    }

    [Fact]
    public async Task Data_as_deep_as_a_request_may_be_is_shown_again()
    {
        string data = string.Concat(Enumerable.Repeat("""{"x":""", 63)) + "1" + new string('}', 63);
        await Product.PostEventsAsync($$"""{ "computer": "A", "alert": "Eicar", "data": {{data}} }""");

        Answer answer = await Product.SendAsync("GET", "/api/alerts/detail?alert=Eicar&computer=A");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
    }

    [Fact]
    public async Task A_hundred_computers_with_the_longest_names_and_messages_of_the_costliest_characters_are_raised_and_mailed()
    {
        JsonNode?[] events = [.. Enumerable.Range(0, 100).Select(i => new JsonObject
        {
            ["computer"] = $"{i:000}" + string.Concat(Enumerable.Repeat("😀", 253)),
            ["alert"] = "Eicar",
            ["message"] = new string('\u0001', 1_000),
        })];

        await Product.PostEventsAsync(new JsonArray(events).ToJsonString());
        await Product.WorkOffQueueAsync();

        Assert.Contains("100台", Assert.Single(Smtp.Accepted).Message.Subject, StringComparison.Ordinal);
        Assert.All(await Installation.RowsAsync("Work"), row => Assert.InRange(row.Select(property => property.Value).OfType<string>().Sum(text => 2 * text.Length), 0, 1_000_000)); // the service ends a row at 1 MiB, the emulator does not
    }

    [Fact]
    public async Task Names_of_any_characters_are_found_again_by_filters_detail_and_clear()
    {
        string name = JsonNode.Parse($"\"{Awkward.Replace("\"", "\\\"", StringComparison.Ordinal).Replace("/\\#", "/\\\\#", StringComparison.Ordinal)}\"")!.GetValue<string>();
        await Product.PostEventsAsync(new JsonObject { ["computer"] = name, ["alert"] = name, ["id"] = name }.ToJsonString());
        await Product.ReportAsync("other", "other");
        string query = $"alert={Uri.EscapeDataString(name)}&computer={Uri.EscapeDataString(name)}";

        Assert.Equal(name, Assert.Single((await Product.GetAsync($"/api/alerts?{query}"))["items"]!.AsArray())!["computer"]!.GetValue<string>());
        Assert.Single((await Product.GetAsync($"/api/alerts/detail?{query}"))["events"]!.AsArray());
        Answer cleared = await Product.SendAsync("POST", "/api/alerts/clear", new JsonObject { ["items"] = new JsonArray(new JsonObject { ["alert"] = name, ["computer"] = name }) }.ToJsonString());
        Assert.Equal(name, Assert.Single(cleared.Json["cleared"]!.AsArray())!["alert"]!.GetValue<string>());
        await Product.WorkOffQueueAsync();
        Assert.Equal(2, Smtp.Accepted.Count); // the raise of each, however the type is called
    }

    [Fact]
    public async Task Two_long_names_that_differ_at_their_end_are_two_computers()
    {
        string name = new('a', 255);

        JsonNode answer = await Product.PostEventsAsync($$"""[ { "computer": "{{name}}1", "alert": "Eicar" }, { "computer": "{{name}}2", "alert": "Eicar" } ]""");

        Assert.Equal(2, answer["raised"]!.AsArray().Count);
    }

    [Fact]
    public async Task Alerts_are_filtered_by_type_computer_and_severity_and_paged()
    {
        foreach (string computer in (string[])["A", "B", "C"])
        {
            await Product.ReportAsync(computer, "Eicar", severity: "critical", message: $"on {computer}");
            await Product.ReportAsync(computer, "Malware");
        }

        Assert.Equal(["Eicar/A", "Eicar/B", "Eicar/C"], await AlertsAsync("?alert=Eicar"));
        Assert.Equal(["Eicar/B", "Malware/B"], (await AlertsAsync("?computer=B")).Order(StringComparer.Ordinal));
        Assert.Equal(["Malware/B"], await AlertsAsync("?computer=B&alert=Malware"));
        Assert.Equal(["Eicar/A", "Eicar/B", "Eicar/C"], await AlertsAsync("?severity=critical"));
        Assert.Equal(["Malware/A", "Malware/B", "Malware/C"], await AlertsAsync("?severity=warning"));
        Assert.Empty(await AlertsAsync("?alert=eicar"));
        foreach (int top in (int[])[1, 2, 3, 5, 6, 7])
        {
            Assert.Equal(await AlertsAsync(""), await PagesAsync("/api/alerts?severity=&", top, item => $"{item["alert"]}/{item["computer"]}"));
            Assert.Equal(await AlertsAsync("?severity=critical"), await PagesAsync("/api/alerts?severity=critical&", top, item => $"{item["alert"]}/{item["computer"]}"));
        }

        Assert.Null((await Product.GetAsync("/api/alerts?top=6"))["continuation"]);
        Assert.Equal("on A", (await Product.GetAsync("/api/alerts?alert=Eicar&computer=A"))["items"]![0]!["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_summary_counts_computers_per_type_with_the_title_in_the_reader_s_language()
    {
        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "title": { "ja": "試験", "en": "Trial" }, "severity": "critical" }""");
        await Product.ReportAsync("A", time: "2026-11-24T01:00:00Z");
        await Product.ReportAsync("B", time: "2026-11-24T00:30:00Z");
        await Product.ReportAsync("A", "Malware", time: "2026-11-24T00:00:00Z");

        JsonArray items = (await Product.GetAsync("/api/alerts/summary?culture=en"))["items"]!.AsArray();

        Assert.Equal(["Malware", "Eicar"], items.Select(item => item!["alert"]!.GetValue<string>()));
        Assert.Equal("""{"alert":"Eicar","title":"Trial","severity":"critical","computers":2,"firstComputers":["B","A"],"firstRaisedAt":"2026-11-24T00:30:00Z","lastRaisedAt":"2026-11-24T01:00:00Z"}""", items[1]!.ToJsonString());
        Assert.Equal("試験", (await Product.GetAsync("/api/alerts/summary"))["items"]![1]!["title"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_detail_shows_the_alert_with_its_latest_events_and_the_mail_that_waits()
    {
        Smtp.StopListening();
        ExpectFailingMail();
        await Product.ReportAsync("A", time: "2026-11-24T01:00:00Z", message: "first", id: "1");
        await Product.ReportAsync("A", time: "2026-11-24T01:30:00Z", message: "second");
        await Product.ReportAsync("A", "Malware");
        await Product.WorkOffQueueAsync();

        JsonNode detail = await Product.GetAsync("/api/alerts/detail?alert=Eicar&computer=A");

        Assert.Equal(("first", "1", "2026-11-24T01:00:00Z"), (detail["message"]!.GetValue<string>(), detail["eventId"]!.GetValue<string>(), detail["raisedAt"]!.GetValue<string>()));
        Assert.Equal(["second", "first"], detail["events"]!.AsArray().Select(item => item!["message"]!.GetValue<string>()));
        Assert.Equal("Eicar", Assert.Single(detail["mail"]!.AsArray())!["alert"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_clear_names_one_alert_or_all_of_a_type_or_of_a_computer_and_says_what_was_not_there()
    {
        foreach (string computer in (string[])["A", "B", "C"])
        {
            await Product.ReportAsync(computer, "Eicar");
            await Product.ReportAsync(computer, "Malware");
        }

        JsonNode one = await ClearAsync("""{ "items": [ { "alert": "Eicar", "computer": "A" }, { "alert": "Eicar", "computer": "Z" } ] }""");
        Assert.Equal(["Eicar/A"], Names(one["cleared"]!));
        Assert.Equal(["Eicar/Z"], Names(one["notFound"]!));
        Assert.Equal(["Malware/A", "Malware/B", "Malware/C"], Names((await ClearAsync("""{ "items": [ { "alert": "Malware" } ] }"""))["cleared"]!));
        Assert.Equal(["Eicar/B"], Names((await ClearAsync("""{ "items": [ { "computer": "B" }, { "alert": "Eicar", "computer": "B" } ] }"""))["cleared"]!));
        Assert.Equal(["Eicar/C"], await AlertsAsync(""));
        Assert.Equal(["/nobody"], Names((await ClearAsync("""{ "items": [ { "computer": "nobody" } ] }"""))["notFound"]!));
    }

    [Fact]
    public async Task A_clear_with_raisedAt_leaves_a_newer_raise_alone()
    {
        await Product.ReportAsync("A", time: "2026-11-24T01:00:00.1234567Z");
        await Product.ReportAsync("A", state: "cleared", time: "2026-11-24T01:10:00Z");
        await Product.ReportAsync("A", time: "2026-11-24T01:20:00Z");

        JsonNode old = await ClearAsync("""{ "items": [ { "alert": "Eicar", "computer": "A", "raisedAt": "2026-11-24T01:00:00.1234567Z" } ] }""");
        Assert.Empty(old["cleared"]!.AsArray());
        Assert.Single(old["notFound"]!.AsArray());

        JsonNode now = await ClearAsync("""{ "items": [ { "alert": "Eicar", "computer": "A", "raisedAt": "2026-11-24T10:20:00+09:00" } ] }""");
        Assert.Equal("2026-11-24T01:20:00Z", Assert.Single(now["cleared"]!.AsArray())!["raisedAt"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_alert_type_is_listed_and_goes_only_when_nothing_needs_it()
    {
        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "title": { "ja": "試験", "en": "Trial" }, "severity": "critical", "mailWhenCleared": true }""");

        Assert.Equal(
            """{"items":[{"alert":"Eicar","severity":"critical","title":{"ja":"試験","en":"Trial"},"mailWhenRaised":true,"mailWhenCleared":true,"enabled":true}],"total":1,"continuation":null}""",
            (await Product.SendAsync("GET", "/api/alert-types")).Text);

        await Product.ReportAsync("A");
        Assert.Equal(HttpStatusCode.Conflict, (await Product.SendAsync("DELETE", "/api/alert-types?alert=Eicar")).Status);
        await Product.ReportAsync("A", state: "cleared");
        Assert.Equal(HttpStatusCode.Conflict, (await Product.SendAsync("DELETE", "/api/alert-types?alert=Eicar")).Status); // its transitions wait
        await Product.WorkOffQueueAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await Product.SendAsync("DELETE", "/api/alert-types?alert=Eicar")).Status);
        Assert.Empty((await Product.GetAsync("/api/alert-types?alert=Eicar"))["items"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await Product.SendAsync("DELETE", "/api/alert-types?alert=Eicar")).Status);
    }

    [Fact]
    public async Task The_1001st_alert_type_is_refused_settings_of_its_own()
    {
        await Product.PostEventsAsync($"[{string.Join(',', Enumerable.Range(0, 1_000).Select(i => $$"""{"computer":"A","alert":"type{{i}}"}"""))}]");

        Answer refused = await Product.SendAsync("PUT", "/api/alert-types", """{ "alert": "new" }""");

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(["$.alert"], refused.Json["errors"]!.AsObject().Select(error => error.Key));
        await PutAsync("/api/alert-types", """{ "alert": "type0", "mailWhenRaised": false }""");
    }

    [Fact]
    public async Task A_user_is_added_replaced_shown_and_removed()
    {
        string path = $"/api/users/{Uri.EscapeDataString("山田 花子.1_-@")}";
        Assert.Equal("""{"name":"山田 花子.1_-@","email":null,"receiveAlertMail":false,"culture":null,"timeZone":null}""", (await Product.SendAsync("PUT", path, "{}")).Text);
        await PutAsync(path, """{ "email": " hanako@example.com ", "receiveAlertMail": true, "culture": "en", "timeZone": "Europe/Berlin" }""");
        const string user = """{"name":"山田 花子.1_-@","email":"hanako@example.com","receiveAlertMail":true,"culture":"en","timeZone":"Europe/Berlin"}""";
        Assert.Equal(user, (await Product.SendAsync("GET", path)).Text);
        Assert.Equal($$"""{"items":[{{user}}],"total":1,"continuation":null}""", (await Product.SendAsync("GET", "/api/users")).Text);

        await PutAsync(path, """{ "name": "山田 花子.1_-@" }""");
        Assert.Contains("\"receiveAlertMail\":false", (await Product.SendAsync("GET", path)).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, (await Product.SendAsync("DELETE", path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Product.SendAsync("GET", path)).Status);
    }

    [Fact]
    public async Task The_mail_list_is_oldest_first_and_paged_over_all_alert_types()
    {
        Smtp.StopListening();
        ExpectFailingMail();
        for (int i = 0; i < 7; i++)
        {
            await ReportAndMailAsync("A", $"type{i}");
            Installation.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        string[] expected = [.. Enumerable.Range(0, 7).Select(i => $"type{i}")];
        Assert.Equal(expected, (await MailAsync()).Select(mail => mail["alert"]!.GetValue<string>()));
        foreach (int top in (int[])[1, 3, 7])
        {
            Assert.Equal(expected, await PagesAsync("/api/mail?", top, mail => mail["alert"]!.GetValue<string>()));
        }

        string first = (await MailAsync())[0]["id"]!.GetValue<string>();
        foreach ((int limit, int? counted) in ((int, int?)[])[(7, 6), (6, 6), (5, null), (0, null)])
        {
            Assert.Equal(counted, await Product.Get<QueuedMailReader>().CountAsync(first, limit, CancellationToken.None));
        }
    }

    [Fact]
    public async Task S9_nothing_deletes_or_changes_mail()
    {
        Smtp.StopListening();
        ExpectFailingMail();
        await ReportAndMailAsync("A");
        string id = (await MailAsync())[0]["id"]!.GetValue<string>();

        foreach (string method in (string[])["DELETE", "PUT", "PATCH", "POST"])
        {
            Assert.InRange((int)(await Product.SendAsync(method, "/api/mail", "{}")).Status, 404, 405);
            Assert.InRange((int)(await Product.SendAsync(method, $"/api/mail/{id}", "{}")).Status, 404, 405);
        }

        Assert.Equal(id, Assert.Single(await MailAsync())["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task System_events_are_newest_first_filtered_by_time_and_number_and_paged()
    {
        for (int i = 0; i < 5; i++)
        {
            await ReportAndMailAsync($"pc{i}");
            Installation.Clock.Advance(TimeSpan.FromHours(12)); // over several days
        }

        List<string> all = await PagesAsync("/api/system-events?", 1_000, Describe);
        Assert.Equal(10, all.Count);
        Assert.Equal(all.OrderDescending(StringComparer.Ordinal).Select(line => line[..20]), all.Select(line => line[..20]));
        foreach (int top in (int[])[1, 3, 10])
        {
            Assert.Equal(all, await PagesAsync("/api/system-events?", top, Describe));
        }

        Assert.Equal(all.Where(line => line.Contains(" 197 ", StringComparison.Ordinal)), await PagesAsync("/api/system-events?id=197&", 2, Describe));
        Assert.Equal(
            all.Where(line => string.CompareOrdinal(line, "2026-11-24T14") >= 0 && string.CompareOrdinal(line, "2026-11-25T14") < 0),
            await PagesAsync("/api/system-events?from=2026-11-24T14:00:00Z&to=2026-11-25T23:00:00%2B09:00&", 2, Describe));
    }

    [Fact]
    public async Task System_events_older_than_30_days_are_listed_when_they_are_asked_for()
    {
        await Product.ReportAsync("A");
        await Product.HandleAsync("compose|Eicar");
        Installation.Clock.Advance(TimeSpan.FromDays(31));

        Assert.Empty(await PagesAsync("/api/system-events?", 10, Describe));
        Assert.NotEmpty(await PagesAsync("/api/system-events?from=2026-11-24T00:00:00Z&", 10, Describe));
        Assert.NotEmpty(await PagesAsync("/api/system-events?to=2026-11-26T00:00:00Z&", 10, Describe));
        Assert.Single(await PagesAsync("/api/system-events?from=2026-11-24T00:00:00Z&id=190&", 10, Describe));
    }

    [Fact]
    public async Task A_rare_system_event_in_a_large_table_is_found_over_pages_each_of_which_is_bounded()
    {
        await Product.ReportAsync("A");
        await Product.HandleAsync("compose|Eicar");
        Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        SystemEvent[] common = [.. Enumerable.Range(0, 21_000).Select(number => SystemEvent.OfGivenUp("common", "tests", Installation.Clock.GetUtcNow().AddMilliseconds(number)))];
        await Parallel.ForEachAsync(common.Chunk(1_000), async (some, token) => await Product.Get<SystemEventStore>().AddAsync(some, token));
        Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        Product.Storage.ForgetCalls();

        JsonNode first = await Product.GetAsync("/api/system-events?id=190");
        Assert.Empty(first["items"]!.AsArray());
        Assert.NotNull(first["continuation"]);
        Assert.InRange(Product.Storage.Count(), 1, 21);
        JsonNode second = await Product.GetAsync($"/api/system-events?id=190&continuation={first["continuation"]!.GetValue<string>()}");
        Assert.Single(second["items"]!.AsArray());
        Assert.Null(second["continuation"]);
    }

    [Theory]
    [InlineData("?culture=en", "ja", "Alert Started")]
    [InlineData("?culture=ja-JP", "en", "アラートの開始")]
    [InlineData("", "en-GB,ja;q=0.5", "Alert Started")]
    [InlineData("", "fr, ja;q=0.2, en;q=0.1", "アラートの開始")]
    [InlineData("", "*;q=x, ;;;, \u0001", "アラートの開始")]
    [InlineData("", "", "アラートの開始")]
    public async Task System_events_speak_the_language_asked_for(string query, string acceptLanguage, string name)
    {
        await Product.ReportAsync("A");
        await Product.WorkOffQueueAsync();

        Answer answer = await Product.SendAsync("GET", $"/api/system-events{query}", headers: new Dictionary<string, string>(StringComparer.Ordinal) { ["Accept-Language"] = acceptLanguage });

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains(name, answer.Json["items"]!.AsArray().Select(item => item!["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task The_settings_are_shown_without_secrets()
    {
        Installation.Settings["Smtp:Authentication"] = "Password";
        Installation.Settings["Smtp:UserName"] = "alerts";
        Installation.Settings["Smtp:Password"] = "p4ssw0rd-of-the-server";

        Answer answer = await Product.SendAsync("GET", "/api/settings");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.DoesNotContain("p4ssw0rd", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("AccountKey", answer.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("""{"value":null,"configured":true}""", answer.Json["smtp"]!["password"]!.ToJsonString());
        Assert.Equal($$"""{"value":"127.0.0.1:{{Smtp.Port}}","configured":true}""", answer.Json["smtp"]!["server"]!.ToJsonString());
        Assert.Equal("""{"value":30,"configured":false}""", answer.Json["smtp"]!["timeoutSeconds"]!.ToJsonString());
        Assert.Equal("""{"value":"Asia/Tokyo","configured":false}""", answer.Json["mail"]!["timeZone"]!.ToJsonString());
        Assert.Equal("""{"value":90,"configured":false}""", answer.Json["events"]!["retentionDays"]!.ToJsonString());
    }

    [Fact]
    public async Task Health_is_healthy_fails_with_the_server_and_recovers_with_it()
    {
        Assert.Equal("""{"status":"healthy","checks":{"storage":"healthy","mail":"healthy","mailFailingSince":null,"lastRedriveAt":null,"timers":"healthy","alertTypes":"healthy"}}""", (await Product.SendAsync("GET", "/api/health")).Text);

        Smtp.StopListening();
        ExpectFailingMail();
        await ReportAndMailAsync("A");
        Installation.Clock.Advance(TimeSpan.FromSeconds(5));
        Answer failing = await Product.SendAsync("GET", "/api/health");
        Assert.Equal((HttpStatusCode.OK, "degraded", "failing"), (failing.Status, failing.Json["status"]!.GetValue<string>(), failing.Json["checks"]!["mail"]!.GetValue<string>()));
        Assert.DoesNotContain("127.0.0.1", failing.Text, StringComparison.Ordinal);

        Smtp.StartListening();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        await Product.SendAllDueAsync();
        Assert.Equal("healthy", (await Product.GetAsync("/api/health"))["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Health_is_unhealthy_when_storage_does_not_answer()
    {
        Product.Storage.When(_ => true).FailToConnect();

        Answer answer = await Product.SendAsync("GET", "/api/health");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("""{"status":"unhealthy","checks":{"storage":"unhealthy","mail":"unknown","mailFailingSince":null,"lastRedriveAt":null,"timers":"healthy","alertTypes":"healthy"}}""", answer.Text);
    }

    [Fact]
    public async Task Storage_that_does_not_answer_is_a_503_and_the_same_request_succeeds_later()
    {
        Product.Log.Expect(301);
        Product.Storage.When(_ => true).FailToConnect();
        const string body = """{ "computer": "A", "alert": "Eicar", "id": "1", "time": "2026-11-24T01:00:00Z" }""";

        await StorageDownTests.AssertUnavailableAsync(Product.SendAsync("POST", "/api/events", body));

        Product.Storage.Heal();
        Assert.Equal(1, (await Product.PostEventsAsync(body))["recorded"]!.GetValue<int>());
    }

    private static string Describe(JsonNode item) => $"{item["time"]} {item["id"]} {item["description"]}";

    private static List<string> Names(JsonNode items) => [.. items.AsArray().Select(item => $"{item!["alert"]}/{item["computer"]}")];

    private async Task<List<string>> AlertsAsync(string query) => Names((await Product.GetAsync($"/api/alerts{query}"))["items"]!);

    private async Task<JsonNode> ClearAsync(string body)
    {
        Answer answer = await Product.SendAsync("POST", "/api/alerts/clear", body);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }

    /// <summary>All items of all pages, after making sure that no page is larger than asked for and that each has their number.</summary>
    private async Task<List<string>> PagesAsync(string path, int top, Func<JsonNode, string> describe)
    {
        var items = new List<string>();
        var totals = new List<int>();
        for (string? continuation = ""; continuation is not null;)
        {
            JsonNode page = await Product.GetAsync($"{path}top={top}{(continuation.Length > 0 ? $"&continuation={continuation}" : "")}");
            Assert.InRange(page["items"]!.AsArray().Count, 0, top);
            items.AddRange(page["items"]!.AsArray().Select(item => describe(item!)));
            totals.Add(page["total"]!.GetValue<int>());
            continuation = page["continuation"]?.GetValue<string>();
        }

        Assert.Equal([items.Count], totals.Distinct());
        return items;
    }
}
