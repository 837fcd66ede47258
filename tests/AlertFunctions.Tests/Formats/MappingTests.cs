using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Storage;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Formats;

/// <summary><c>/api/mappings</c>: what no format knows becomes events by expressions that people have written.</summary>
public sealed class MappingTests(AzuriteServer azurite) : FormatTest(azurite)
{
    private const string Simple = """{ "items": "list", "computer": "host", "alert": "'Disk full'", "state": "state", "id": "id", "time": "time", "severity": "severity", "message": "text" }""";

    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    protected override string Folder => "Mappings";

    [Fact]
    public async Task A_problem_of_Zabbix_is_mailed_once_and_cleared_when_it_recovers()
    {
        await PutAsync("/api/mappings/zabbix", Example("zabbix"));

        await PostAsync(Sample("zabbix-problem.json"), "zabbix");
        await Product.WorkOffQueueAsync();
        JsonNode repeated = await PostAsync(Sample("zabbix-problem.json"), "zabbix");
        JsonNode alert = await OutstandingAsync("Zabbix agent is not available (for 3m)", "db01");
        JsonNode recovered = await PostAsync(Sample("zabbix-recovery.json"), "zabbix");
        await Product.WorkOffQueueAsync();

        Assert.Empty(repeated["raised"]!.AsArray());
        Assert.Equal(("critical", "Current value: 0"), ((string?)alert["severity"], (string?)alert["message"]));
        Assert.Equal(["Zabbix agent is not available (for 3m) on db01"], Names(recovered, "cleared"));
        Assert.Single(Smtp.Accepted);
    }

    [Fact]
    public async Task A_monitor_of_Uptime_Kuma_that_is_down_is_raised_at_its_time_and_cleared_when_it_is_up()
    {
        await PutAsync("/api/mappings/uptime-kuma", Example("uptime-kuma"));

        JsonNode first = await PostAsync(Sample("uptime-kuma-down.json"), "uptime-kuma");
        JsonNode repeated = await PostAsync(Sample("uptime-kuma-down.json"), "uptime-kuma");
        JsonNode alert = await OutstandingAsync("Monitor down", "web01");
        JsonNode up = await PostAsync(Sample("uptime-kuma-up.json"), "uptime-kuma");

        Assert.Equal([(1, 0, 0), (0, 1, 0), (1, 0, 0)], ((JsonNode[])[first, repeated, up]).Select(CountsOf));
        Assert.Equal(("2026-11-24T01:06:38.125Z", "connect ECONNREFUSED 10.13.13.13:443"), ((string?)alert["raisedAt"], (string?)alert["message"]));
        Assert.Equal(["Monitor down on web01"], Names(up, "cleared"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("&dryRun=true")]
    public async Task An_id_that_a_mapping_gives_without_a_time_is_warned_of_and_one_made_of_the_item_is_not(string query)
    {
        await PutAsync("/api/mappings/simple", Simple);
        const string body = """{ "list": [{ "host": "a", "id": "1", "time": "2026-11-24T01:00:00Z" }, { "host": "b", "id": "1" }, { "host": "c", "id": "1", "time": "yesterday" }, { "host": "d" }] }""";

        JsonNode answer = await PostAsync(body, $"simple{query}");

        Assert.Equal(["items[1].id", "items[2].id"], answer["warnings"]!.AsArray().Select(warning => (string?)warning!["path"]));
    }

    [Theory]
    [InlineData("zabbix", "zabbix-problem.json")]
    [InlineData("uptime-kuma", "uptime-kuma-down.json")]
    public async Task The_documentation_shows_what_a_trial_answers(string name, string sample)
    {
        foreach (string file in (string[])["docs/mappings.md", "docs/mappings.ja.md"])
        {
            string page = Repository.Read(file);
            Assert.Contains(Sample(sample).Trim(), page, StringComparison.Ordinal);
            Assert.Contains(Example(name), page.Replace("\n   ", "\n", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.Contains(WithoutData(Assert.Single((await TryAsync(Example(name), Sample(sample)))["events"]!.AsArray())!), page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_trial_shows_the_events_of_a_sample_and_records_nothing()
    {
        JsonNode tried = await TryAsync(
            Simple,
            """{ "list": [{ "host": "a", "id": 7, "time": "2026-11-24T01:00:00+09:00", "severity": "page", "text": "x" }, { "host": "b", "state": "ok", "id": "8", "time": 1795485600 }, { "id": 9 }] }""");

        Assert.Equal(
            """
            [{"id":"7","time":"2026-11-23T16:00:00Z","computer":"a","alert":"Disk full","state":"occurred","severity":"critical","message":"x","data":{"host":"a","id":7,"time":"2026-11-24T01:00:00+09:00","severity":"page","text":"x"}},
            """.Trim()
            + """{"id":"8 cleared","time":"2026-11-24T02:00:00Z","computer":"b","alert":"Disk full","state":"cleared","severity":null,"message":null,"data":{"host":"b","state":"ok","id":"8","time":1795485600}}]""",
            tried["events"]!.ToJsonString(s_relaxed));
        Assert.Equal("""[{"path":"items[2]","message":"computer gives no text."}]""", tried["reasons"]!.ToJsonString());
        Assert.Equal(1, (int)tried["rejected"]!);
        Assert.Empty((await Product.GetAsync("/api/alerts"))["items"]!.AsArray());
        Assert.Empty(await Product.SystemEventsAsync(199));
        Assert.Empty((await Product.GetAsync("/api/mappings"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_bad_item_is_recorded_as_a_199_with_the_name_of_the_mapping_while_the_others_are_recorded()
    {
        await PutAsync("/api/mappings/m", Simple);

        JsonNode answer = await PostAsync("""{ "list": [{ "host": "good" }, { "host": ["bad"] }, { "host": "bad", "state": "perhaps" }, 7] }""", "m");

        Assert.Equal((1, 0, 3), CountsOf(answer));
        JsonNode recorded = Assert.Single(await Product.SystemEventsAsync(199, "en"));
        Assert.Equal("mapping=m", (string?)recorded["target"]);
        string reasons = (string)recorded["data"]!["reasons"]!;
        Assert.Contains("items[1] computer gives an array, but must give a text, a number, true, false or null.", reasons, StringComparison.Ordinal);
        Assert.Contains("items[2] state gives 'perhaps', but must give one of occurred, raised, firing", reasons, StringComparison.Ordinal);
        Assert.Contains("items[3] computer gives no text.", reasons, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, """{ "host": "a" }""", "a")]
    [InlineData(null, """[{ "host": "a" }, { "host": "b" }]""", "a b")]
    [InlineData(null, "[]", "")]
    [InlineData("alerts", """{ "alerts": { "host": "a" } }""", "a")]
    [InlineData("alerts[].{host: join('.', [name, $.domain])}", """{ "domain": "example.com", "alerts": [{ "name": "a" }, { "name": "b" }] }""", "a.example.com b.example.com")]
    [InlineData("let $site = site in alerts[].{host: $site}", """{ "site": "s", "alerts": [{}] }""", "s")]
    public async Task Items_are_what_the_mapping_says_or_the_body_itself(string? items, string body, string computers)
    {
        JsonNode tried = await TryAsync(new JsonObject { ["items"] = items, ["computer"] = "host", ["alert"] = "'A'" }.ToJsonString(), body);

        Assert.Equal(0, (int)tried["rejected"]!);
        Assert.Equal(computers, string.Join(' ', tried["events"]!.AsArray().Select(item => (string)item!["computer"]!)));
    }

    [Theory]
    [InlineData("alerts", """{ "alarms": [] }""", "items", "gives null, but must give an array or an object.")]
    [InlineData("length(alerts)", """{ "alerts": [] }""", "items", "gives a number, true or false, but must give an array or an object.")]
    [InlineData("keys(alerts)", """{ "alerts": [] }""", "items", "gives nothing: invalid-type, function keys")]
    [InlineData(null, "7", "$", "gives a number, true or false, but must give an array or an object.")]
    [InlineData(null, "null", "$", "gives null, but must give an array or an object.")]
    public async Task A_body_without_items_is_rejected_as_one(string? items, string body, string path, string says)
    {
        await PutAsync("/api/mappings/m", new JsonObject { ["items"] = items, ["computer"] = "host", ["alert"] = "'A'" }.ToJsonString());

        JsonNode answer = await PostAsync(body, "m");

        Assert.Equal((0, 0, 1), CountsOf(answer));
        Assert.Equal(path, (string?)answer["reasons"]![0]!["path"]);
        Assert.StartsWith(says, (string?)answer["reasons"]![0]!["message"], StringComparison.Ordinal);
        Assert.Single(await Product.SystemEventsAsync(199));
    }

    [Theory]
    [InlineData("\"firing\"", "occurred")]
    [InlineData("\"ALERTING\"", "occurred")]
    [InlineData("\" Problem \"", "occurred")]
    [InlineData("\"down\"", "occurred")]
    [InlineData("1", "occurred")]
    [InlineData("\"1\"", "occurred")]
    [InlineData("true", "occurred")]
    [InlineData("null", "occurred")]
    [InlineData("\"\"", "occurred")]
    [InlineData("\"resolved\"", "cleared")]
    [InlineData("\"OK\"", "cleared")]
    [InlineData("\"Recovered\"", "cleared")]
    [InlineData("0", "cleared")]
    [InlineData("false", "cleared")]
    [InlineData("2", null)]
    [InlineData("\"perhaps\"", null)]
    [InlineData("{}", null)]
    public async Task A_word_of_the_list_says_whether_an_alert_is_raised_or_cleared(string value, string? state) =>
        Assert.Equal(state, (string?)(await TryFieldAsync("state", value))?["state"]);

    [Theory]
    [InlineData("\"2026-11-24T01:00:00Z\"", "2026-11-24T01:00:00Z")]
    [InlineData("1795482000", "2026-11-24T01:00:00Z")]
    [InlineData("\"1795482000\"", "2026-11-24T01:00:00Z")]
    [InlineData("1795482000.25", "2026-11-24T01:00:00.25Z")]
    [InlineData("1795482000250", "2026-11-24T01:00:00.25Z")]
    [InlineData("\"yesterday\"", null)]
    [InlineData("\"2026-11-24 02:00:00\"", null)]
    [InlineData("-5", null)]
    [InlineData("1e300", null)]
    [InlineData("1e999", null)]
    [InlineData("999999999999999999999999", null)]
    [InlineData("0", null)]
    [InlineData("null", null)]
    public async Task A_time_is_that_of_RFC_3339_or_counts_from_1970_and_else_that_of_arrival(string value, string? expected)
    {
        var arrival = Installation.Clock.GetUtcNow();

        Assert.Equal(expected is null ? arrival : DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), (DateTimeOffset)(await TryFieldAsync("time", value))!["time"]!);
    }

    [Theory]
    [InlineData("\"Critical\"", "critical")]
    [InlineData("\"page\"", "critical")]
    [InlineData("\"minor\"", "warning")]
    [InlineData("3", "warning")]
    [InlineData("null", null)]
    public async Task A_severity_is_critical_or_anything_else(string value, string? expected) => Assert.Equal(expected, (string?)(await TryFieldAsync("severity", value))!["severity"]);

    [Fact]
    public async Task Without_an_id_the_same_item_is_the_same_event()
    {
        await PutAsync("/api/mappings/m", """{ "computer": "host", "alert": "'A'", "time": "time" }""");

        JsonNode first = await PostAsync("""{ "host": "a", "time": 1795474800 }""", "m");
        JsonNode again = await PostAsync("""{ "host": "a", "time": 1795474800 }""", "m");
        JsonNode other = await PostAsync("""{ "host": "a", "time": 1795474800, "text": "x" }""", "m");

        Assert.Equal([(1, 0, 0), (0, 1, 0), (1, 0, 0)], ((JsonNode[])[first, again, other]).Select(CountsOf));
    }

    [Fact]
    public async Task An_end_with_the_id_and_time_of_its_beginning_clears_the_alert()
    {
        await PutAsync("/api/mappings/m", """{ "computer": "host", "alert": "'A'", "state": "state", "id": "id", "time": "time" }""");

        await PostAsync("""{ "host": "a", "state": "firing", "id": "1", "time": 1795474800 }""", "m");

        Assert.Equal(["A on a"], Names(await PostAsync("""{ "host": "a", "state": "resolved", "id": "1", "time": 1795474800 }""", "m"), "cleared"));
    }

    [Fact]
    public async Task Texts_that_are_too_long_are_shortened_and_half_characters_do_no_harm()
    {
        var sample = new JsonObject { ["host"] = new string('h', 300), ["text"] = new string('t', 5_000) };

        JsonNode item = Assert.Single((await TryAsync("""{ "computer": "host", "alert": "'A'", "message": "text" }""", sample.ToJsonString()))["events"]!.AsArray())!;
        JsonNode half = Assert.Single((await TryAsync("""{ "computer": "host", "alert": "'A'", "message": "text" }""", """{ "host": "a\ud800", "text": "b\udc00" }"""))["events"]!.AsArray())!;

        Assert.Equal((256, 4_096), (((string)item["computer"]!).Length, ((string)item["message"]!).Length));
        Assert.Equal(("a\uFFFD", "b\uFFFD"), ((string)half["computer"]!, (string)half["message"]!));
    }

    [Fact]
    public async Task Of_more_items_than_a_request_may_have_the_first_thousand_are_recorded()
    {
        string body = $"[{string.Join(',', Enumerable.Range(0, 1_002).Select(number => $$"""{ "n": {{number}} }"""))}]";

        JsonNode tried = await TryAsync("""{ "computer": "n", "alert": "'A'" }""", body);

        Assert.Equal((1_000, 2), (tried["events"]!.AsArray().Count, (int)tried["rejected"]!));
        Assert.Equal("is one of more than 1000 items; send fewer at once.", (string?)tried["reasons"]![0]!["message"]);
    }

    [Theory]
    [InlineData(61, true)]
    [InlineData(62, false)]
    public async Task An_item_that_its_expression_makes_too_deep_is_recorded_without_data(int depth, bool hasData)
    {
        await PutAsync("/api/mappings/m", """{ "items": "[{ host: 'a', deep: { deeper: @ } }]", "computer": "host", "alert": "'A'" }""");

        await PostAsync(new string('[', depth + 1) + new string(']', depth + 1), "m");

        Answer detail = await Product.SendAsync("GET", "/api/alerts/detail?alert=A&computer=a");
        Assert.Equal((HttpStatusCode.OK, hasData), (detail.Status, detail.Text.Contains("deeper", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("host ==", "is no JMESPath expression: something is missing at its end.")]
    [InlineData("host\n  and x", "is no JMESPath expression: line 2, character 3: 'and' cannot stand here.")]
    [InlineData("端末", "is no JMESPath expression: line 1, character 1: '端' cannot stand here.")]
    [InlineData("hostname(@)", "is no JMESPath expression: unknown-function, no function named hostname")]
    [InlineData("length()", "is no JMESPath expression: invalid-arity")]
    [InlineData("`[`", "is no JMESPath expression: line 1, character 1")]
    [InlineData("pad_left(host, `1000000000`)", "uses pad_left or pad_right, which are not accepted")]
    [InlineData("[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]", "has so many lists in or after each other that it could copy a body more than 100 times")]
    [InlineData("", "has 0 characters, but must have 1 to 1000.")]
    public async Task An_expression_that_is_wrong_is_refused_with_its_place_when_it_is_written(string expression, string says)
    {
        string mapping = new JsonObject { ["computer"] = expression, ["alert"] = "'A'", ["items"] = "a b" }.ToJsonString();

        Answer written = await Product.SendAsync("PUT", "/api/mappings/m", mapping);
        Answer tried = await Product.SendAsync("POST", "/api/mappings/try", $$"""{ "mapping": {{mapping}}, "sample": {} }""");

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (written.Status, tried.Status));
        Assert.StartsWith(says, (string)written.Json["errors"]!["$.computer"]![0]!, StringComparison.Ordinal);
        Assert.StartsWith(says, (string)tried.Json["errors"]!["$.mapping.computer"]![0]!, StringComparison.Ordinal);
        Assert.NotNull(written.Json["errors"]!["$.items"]);
        Assert.Equal(HttpStatusCode.NotFound, (await Product.SendAsync("GET", "/api/mappings/m")).Status);
    }

    [Theory]
    [InlineData("!", "", 999)]
    [InlineData("[", "]", 499)]
    [InlineData("abs(", ")", 199)]
    [InlineData("{a:", "}", 249)]
    [InlineData("-", "", 999)]
    public async Task An_expression_that_is_too_deep_for_the_stack_is_refused(string before, string after, int times)
    {
        string expression = string.Concat(Enumerable.Repeat(before, times)) + "a" + string.Concat(Enumerable.Repeat(after, times));

        Answer answer = await Product.SendAsync("PUT", "/api/mappings/m", new JsonObject { ["computer"] = expression, ["alert"] = "'A'" }.ToJsonString());

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("has more than 100 parts; make it simpler.", (string)answer.Json["errors"]!["$.computer"]![0]!);
    }

    [Theory]
    [InlineData("{}", "$.mapping $.sample")]
    [InlineData("""{ "mapping": {}, "sample": 1, "x": 2 }""", "$.mapping.alert $.mapping.computer $.x")]
    [InlineData("""{ "mapping": "m", "sample": {} }""", "$.mapping")]
    [InlineData("[]", "$")]
    public async Task What_a_trial_lacks_is_named(string body, string paths)
    {
        Answer answer = await Product.SendAsync("POST", "/api/mappings/try", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(paths, string.Join(' ', answer.Json["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("?mapping=none", HttpStatusCode.NotFound, "notFound")]
    [InlineData("?mapping=a/b", HttpStatusCode.BadRequest, "invalidRequest")]
    [InlineData("?mapping=m&format=alertmanager", HttpStatusCode.BadRequest, "invalidRequest")]
    [InlineData("?mapping=m&dryRun=perhaps", HttpStatusCode.BadRequest, "invalidRequest")]
    public async Task A_mapping_that_cannot_be_used_is_refused_and_records_nothing(string query, HttpStatusCode status, string code)
    {
        await PutAsync("/api/mappings/m", """{ "computer": "computer", "alert": "alert" }""");

        Answer answer = await Product.SendAsync("POST", $"/api/events{query}", """{ "computer": "a", "alert": "A" }""");

        Assert.Equal((status, code), (answer.Status, (string)answer.Json["code"]!));
        Assert.Empty((await Product.GetAsync("/api/alerts"))["items"]!.AsArray());
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData(null)]
    public async Task A_mapped_body_is_read_whatever_its_content_type_says(string? contentType)
    {
        await PutAsync("/api/mappings/m", """{ "computer": "host", "alert": "'A'" }""");

        Answer answer = await SendBadAsync("""{ "host": "a" }""", contentType, "?mapping=m");
        Answer text = await SendBadAsync("host a", contentType, "?mapping=m");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Contains("not valid JSON", text.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_says_what_a_mapped_body_would_raise()
    {
        await PutAsync("/api/mappings/m", """{ "computer": "host", "alert": "'A'" }""");

        JsonNode answer = await PostAsync("""{ "host": "a" }""", "m&dryRun=true");

        Assert.Equal(["A on a"], Names(answer, "raised"));
        Assert.Empty((await Product.GetAsync("/api/alerts"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_change_is_in_force_for_the_next_request()
    {
        await PutAsync("/api/mappings/m", """{ "computer": "host", "alert": "'A'" }""");
        await PostAsync("""{ "host": "a" }""", "m");

        await Product.SendAsync("PATCH", "/api/mappings/m", """{ "alert": "'B'" }""");

        Assert.Equal(["B on a"], Names(await PostAsync("""{ "host": "a" }""", "m"), "raised"));
    }

    [Fact]
    public async Task A_mapping_is_read_once_for_a_request_and_never_for_our_own_events()
    {
        await PutAsync("/api/mappings/m", """{ "computer": "host", "alert": "'A'" }""");
        await PostAsync("""{ "host": "a" }""", "m");
        Product.Storage.ForgetCalls();
        await PostAsync("""[{ "host": "b" }, { "host": "c" }]""", "m");
        int mapped = ReadsOfMappings();
        Product.Storage.ForgetCalls();

        await Product.SendAsync("POST", "/api/events", """{ "computer": "d", "alert": "A" }""");

        Assert.Equal((1, 0), (mapped, ReadsOfMappings()));
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_is_no_mapping_and_is_replaced_by_the_next_one()
    {
        await PutAsync("/api/mappings/m", """{ "computer": "host", "alert": "'A'" }""");
        TableEntity row = await Product.Get<StorageClients>().Work.QueryAsync<TableEntity>(entity => entity.RowKey == "mapping|m").SingleAsync();
        row.Remove("Alert");
        await Product.Get<StorageClients>().Work.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace);

        Answer answer = await SendBadAsync("""{ "host": "a" }""", query: "?mapping=m");
        await PutAsync("/api/mappings/m", """{ "computer": "host", "alert": "'A'" }""");

        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal(["A on a"], Names(await PostAsync("""{ "host": "a" }""", "m"), "raised"));
    }

    [Fact]
    public async Task There_are_at_most_200_mappings()
    {
        var mappings = new JsonArray([.. Enumerable.Range(0, 200).Select(number => new JsonObject { ["name"] = $"m{number}", ["computer"] = "a", ["alert"] = "b" })]);
        Answer imported = await Product.SendAsync("PUT", "/api/configuration", new JsonObject { ["mappings"] = mappings }.ToJsonString());

        Answer another = await Product.SendAsync("PUT", "/api/mappings/another", """{ "computer": "a", "alert": "b" }""");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest), (imported.Status, another.Status));
        Assert.Equal("is a new mapping, but there are 200 already.", (string)another.Json["errors"]!["name"]![0]!);
        Assert.Equal(HttpStatusCode.OK, (await Product.SendAsync("PUT", "/api/mappings/m7", """{ "computer": "x", "alert": "b" }""")).Status);
    }

    /// <summary>The mapping of a sender, as the documentation has it.</summary>
    private static string Example(string name) => Repository.Read(Path.Combine("tests", "AlertFunctions.Tests", "Formats", "Mappings", $"{name}.mapping.json")).Trim();

    private int ReadsOfMappings() => Product.Storage.Count(call => call.Uri.ToString().Contains("mapping", StringComparison.Ordinal));

    private static string WithoutData(JsonNode item)
    {
        item.AsObject().Remove("data");
        return item.ToJsonString(s_relaxed);
    }

    /// <summary>Sends a body, which no schema describes, and expects 200.</summary>
    private Task<JsonNode> PostAsync(string body, string mapping) => PostBadAsync(body, query: $"?mapping={mapping}");

    private async Task<JsonNode> TryAsync(string mapping, string sample)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes($$"""{ "mapping": {{mapping}}, "sample": {{sample}} }"""));
        Answer answer = await Product.SendStreamAsync("POST", "/api/mappings/try", stream, "application/json");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }

    /// <summary>The event of an item with a value in one field; null when it is rejected.</summary>
    private async Task<JsonNode?> TryFieldAsync(string field, string value) =>
        (await TryAsync($$"""{ "computer": "'a'", "alert": "'A'", "{{field}}": "value" }""", $$"""{ "value": {{value}} }"""))["events"]!.AsArray().SingleOrDefault();
}
