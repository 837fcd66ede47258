using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Specification;

/// <summary>S4, S5, S6 and S13: what is a transition, and which transitions go into one mail.</summary>
public sealed class TransitionTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Fact]
    public async Task S4_only_the_first_event_of_an_alert_raises_and_mails_however_they_arrive()
    {
        JsonNode first = await ReportAndMailAsync("端末A");
        JsonNode more = await Product.PostEventsAsync("""[ { "computer": "端末A", "alert": "Eicar" }, { "computer": "端末A", "alert": "Eicar" } ]""");
        await Product.WorkOffQueueAsync();

        Assert.Single(first["raised"]!.AsArray());
        Assert.Empty(more["raised"]!.AsArray());
        Assert.Equal(2, more["recorded"]!.GetValue<int>());
        Assert.Single(Smtp.Accepted);
        Assert.Single(await Product.SystemEventsAsync(190));
    }

    [Fact]
    public async Task S5_after_a_clear_the_next_event_raises_and_mails_again()
    {
        await ReportAndMailAsync("端末A");
        Answer cleared = await Product.SendAsync("POST", "/api/alerts/clear", """{ "items": [ { "alert": "Eicar", "computer": "端末A" } ], "note": "cleaned", "by": "hanako" }""");
        Assert.Equal(System.Net.HttpStatusCode.OK, cleared.Status);
        await Product.WorkOffQueueAsync();

        await ReportAndMailAsync("端末A");

        Assert.Equal(2, Smtp.Accepted.Count);
        Assert.Equal(2, (await Product.SystemEventsAsync(190)).Count);
        JsonNode ended = Assert.Single(await Product.SystemEventsAsync(192));
        Assert.Equal("アラート: Eicar\n重要度: 警告\nコンピュータ: 端末A", ended["description"]!.GetValue<string>());
        Assert.Equal("アラートの終了", ended["name"]!.GetValue<string>());
        Assert.Equal("hanako", ended["data"]!["by"]!.GetValue<string>());
        Assert.Equal("cleaned", ended["data"]!["note"]!.GetValue<string>());
    }

    [Fact]
    public async Task S5_a_clear_of_what_is_not_outstanding_is_recorded_and_changes_nothing()
    {
        JsonNode answer = await ReportAndMailAsync("端末A", state: "cleared");

        Assert.Equal(1, answer["recorded"]!.GetValue<int>());
        Assert.Empty(answer["cleared"]!.AsArray());
        Assert.Empty(await Product.SystemEventsAsync());
    }

    [Fact]
    public async Task S6_raises_of_one_type_that_wait_together_go_into_one_mail_that_counts_its_computers()
    {
        await Product.ReportAsync("端末A");
        await Product.ReportAsync("端末B");
        await Product.ReportAsync("端末C");
        await Product.ReportAsync("端末D", alert: "Malware");

        await Product.WorkOffQueueAsync();

        Assert.Equal(
            ["新しいアラートの発令: 1台のコンピュータで、Malwareアラートが発生しました", "新しいアラートの発令: 3台のコンピュータで、Eicarアラートが発生しました"],
            Smtp.Accepted.Select(mail => mail.Message.Subject!).Order(StringComparer.Ordinal));
        Assert.Equal(["端末A", "端末B", "端末C"], (await Product.SystemEventsAsync(190)).Where(item => item["target"]!.GetValue<string>() == "Eicar").Select(item => item["description"]!.GetValue<string>()[^3..]).Order(StringComparer.Ordinal));
        string text = Smtp.Accepted.Single(mail => mail.Message.Subject!.Contains("Eicar", StringComparison.Ordinal)).Message.TextBody!;
        Assert.Contains("対象: 3台のコンピュータ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S6_names_that_differ_only_in_case_are_different_computers_and_spaces_around_a_name_are_not_part_of_it()
    {
        JsonNode answer = await Product.PostEventsAsync("""[ { "computer": "pc", "alert": "Eicar" }, { "computer": "PC", "alert": "Eicar" }, { "computer": "  pc\t", "alert": " Eicar " } ]""");

        Assert.Equal(["pc", "PC"], answer["raised"]!.AsArray().Select(item => item!["computer"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("ja", "新しいアラートの発令: 2台のコンピュータで、試験アラートが発生しました", "アラートの解消: 1台のコンピュータで、試験アラートが解消されました")]
    [InlineData("en", "New Alert Raised: Trial Alert on 2 Computer(s)", "Alert Cleared: Trial Alert on 1 Computer(s)")]
    public async Task S13_the_subject_tells_how_many_computers_and_which_alert(string culture, string raised, string cleared)
    {
        Installation.Settings["Mail:Culture"] = culture;
        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "title": { "ja": "試験", "en": "Trial" }, "mailWhenCleared": true }""");

        await Product.PostEventsAsync("""[ { "computer": "A", "alert": "Eicar" }, { "computer": "B", "alert": "Eicar" } ]""");
        await Product.WorkOffQueueAsync();
        await ReportAndMailAsync("A", state: "cleared");

        Assert.Equal([raised, cleared], Smtp.Accepted.Select(mail => mail.Message.Subject));
    }

    [Fact]
    public async Task More_than_49_waiting_raises_of_a_type_are_folded_into_one_mail_and_each_has_its_190()
    {
        for (int i = 0; i < 52; i++)
        {
            await Product.ReportAsync($"pc{i:00}");
        }

        Assert.Equal(52, (await Installation.RowsAsync("Work", "outbox")).Count);

        await Product.WorkOffQueueAsync();

        ReceivedMail mail = Assert.Single(Smtp.Accepted);
        Assert.Equal("新しいアラートの発令: 52台のコンピュータで、Eicarアラートが発生しました", mail.Message.Subject);
        Assert.All(Enumerable.Range(0, 52), i => Assert.Contains($"■ pc{i:00}\n", mail.Message.TextBody!.ReplaceLineEndings("\n"), StringComparison.Ordinal));
        Assert.Equal(52, (await Product.SystemEventsAsync(190)).Count);
        Assert.Empty(await Installation.RowsAsync("Work", "outbox"));
    }

    [Theory]
    [InlineData("ja", "ほか20台")]
    [InlineData("en", "… and 20 more")]
    public async Task A_mail_names_the_first_100_computers_and_counts_the_rest(string culture, string more)
    {
        Installation.Settings["Mail:Culture"] = culture;
        await Product.PostEventsAsync(Events(120));

        await Product.WorkOffQueueAsync();

        ReceivedMail mail = Assert.Single(Smtp.Accepted);
        string text = mail.Message.TextBody!.ReplaceLineEndings("\n");
        Assert.Contains("120", mail.Message.Subject, StringComparison.Ordinal);
        Assert.Equal(100, text.Split('\n').Count(line => line.StartsWith("■ ", StringComparison.Ordinal)));
        Assert.Contains($"\n\n{more}\n\n", text, StringComparison.Ordinal);
        Assert.Contains($">{System.Text.Encodings.Web.HtmlEncoder.Create(System.Text.Unicode.UnicodeRanges.All).Encode(more)}<", mail.Message.HtmlBody, StringComparison.Ordinal);
        List<string> started = await DescriptionsAsync(190, culture);
        Assert.Equal(120, started.Sum(text => text.Split("pc", StringSplitOptions.None).Length - 1));
    }

    [Fact]
    public async Task A_request_of_1000_events_raises_1000_alerts()
    {
        JsonNode answer = await Product.PostEventsAsync(Events(1_000));
        await Product.WorkOffQueueAsync();

        Assert.Equal(1_000, answer["recorded"]!.GetValue<int>());
        Assert.Equal(1_000, answer["raised"]!.AsArray().Count);
        Assert.Equal(1_000, (await Product.GetAsync("/api/alerts?top=1000"))["items"]!.AsArray().Count);
        Assert.Contains("1000台", Assert.Single(Smtp.Accepted).Message.Subject, StringComparison.Ordinal);
        JsonNode again = await Product.PostEventsAsync(Events(1_000));
        Assert.Equal(1_000, again["recorded"]!.GetValue<int>());
        Assert.Empty(again["raised"]!.AsArray());
    }

    [Fact]
    public async Task A_repeated_request_of_events_with_id_and_time_is_recorded_and_applied_once()
    {
        const string events = """
            [
              { "computer": "A", "alert": "Eicar", "id": "1", "time": "2026-11-24T01:00:00Z" },
              { "computer": "A", "alert": "Eicar", "id": "2", "time": "2026-11-24T01:00:01Z", "state": "cleared" },
              { "computer": "A", "alert": "Eicar", "id": "2", "time": "2026-11-24T01:00:01Z", "state": "cleared" }
            ]
            """;

        JsonNode first = await Product.PostEventsAsync(events);
        JsonNode second = await Product.PostEventsAsync(events);
        await Product.WorkOffQueueAsync();

        Assert.Equal(2, first["recorded"]!.GetValue<int>());
        Assert.Equal(1, first["duplicates"]!.GetValue<int>());
        Assert.Equal(0, second["recorded"]!.GetValue<int>());
        Assert.Equal(3, second["duplicates"]!.GetValue<int>());
        Assert.Empty(second["raised"]!.AsArray());
        Assert.Single(Smtp.Accepted);
    }

    /// <summary>The second pair of types is in one partition, where their marks that the event was applied could meet.</summary>
    [Theory]
    [InlineData("Eicar", "Malware", false)]
    [InlineData("Eicar", null, false)]
    [InlineData("Eicar", "Malware", true)]
    public async Task One_id_and_time_for_two_alert_types_is_two_events(string first, string? second, bool inOneRequest)
    {
        second ??= Enumerable.Range(0, 1_000).Select(number => $"type{number}").First(name => Core.Storage.Shard.Of(name) == Core.Storage.Shard.Of(first));
        string[] events = [.. ((string[])[first, second]).Select(alert => $$"""{ "computer": "A", "alert": "{{alert}}", "id": "1", "time": "2026-11-24T01:00:00Z" }""")];
        List<JsonNode> answers = [];
        foreach (string body in inOneRequest ? [$"[{string.Join(',', events)}]"] : events)
        {
            answers.Add(await Product.PostEventsAsync(body));
        }

        Assert.Equal((2, 0, 2), (Sum("recorded"), Sum("duplicates"), answers.Sum(answer => answer["raised"]!.AsArray().Count)));
        Assert.Equal(2, (await Installation.RowsAsync("Work", "event|")).Count);
        answers = [await Product.PostEventsAsync($"[{string.Join(',', events)}]")];
        Assert.Equal((0, 2), (Sum("recorded"), Sum("duplicates")));

        int Sum(string name) => answers.Sum(answer => answer[name]!.GetValue<int>());
    }

    [Fact]
    public async Task An_event_that_changed_nothing_raises_nothing_when_it_comes_again_after_a_clear()
    {
        string time = Installation.Clock.GetUtcNow().ToString("O");
        await Product.ReportAsync("端末A", id: "1", time: time);
        await Product.ReportAsync("端末A", id: "2", time: time); // a repeat; its 200 is lost
        await Product.ReportAsync("端末A", state: "cleared");

        var again = await Product.ReportAsync("端末A", id: "2", time: time);
        await Product.WorkOffQueueAsync();

        Assert.Equal(1, again["duplicates"]!.GetValue<int>());
        Assert.Empty(again["raised"]!.AsArray());
        Assert.Single(Smtp.Accepted);
    }

    private static string Events(int count) =>
        $"[{string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"computer":"pc{{i:0000}}","alert":"Eicar"}"""))}]";
}
