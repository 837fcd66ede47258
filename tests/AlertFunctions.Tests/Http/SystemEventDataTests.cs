using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Http;

/// <summary>What programs read of system events: it is stored as text, and given as what it is.</summary>
public sealed class SystemEventDataTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const string ToOperators = """{ "addresses": ["ops@example.com"] }""";

    /// <summary>The names of all that is a number.</summary>
    private static readonly string[] s_numbers = ["attempt", "attempts", "pattern", "rejected", "resendsLeft"];

    [Fact]
    public async Task Numbers_are_numbers_and_choices_their_words_in_the_data_of_every_system_event()
    {
        ExpectFailingMail();
        await RecordEveryNumberAsync();

        List<JsonNode> events = await Product.SystemEventsAsync();

        Assert.Equal(Numbers(), events.Select(item => (int)item["id"]!).Distinct().Order());
        Assert.Equal(s_numbers, events.SelectMany(item => Faults($"{item["id"]}", name: null, item["data"])).Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal));
        Assert.Equal([1, 2, 3], events.Select(item => item["data"]!["pattern"]).OfType<JsonValue>().Select(pattern => pattern.GetValue<int>()).Order());
        Assert.Equal([2], events.Select(item => item["data"]!["rejected"]).OfType<JsonValue>().Select(rejected => rejected.GetValue<int>()));
        Assert.Equal(
            ["raised", "report", "summary"],
            events.SelectMany(item => item["data"]!["mailContents"]?.AsArray() ?? []).Select(mail => (string)mail!["kind"]!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_record_that_an_earlier_version_wrote_is_read()
    {
        await ReportAndMailAsync("A");
        TableEntity row = Assert.Single(await Installation.RowsAsync("SystemEvents"), row => row.GetInt32("Number") == 197);
        row["Data"] = """{"attempts":"1, 2","mailContents":"[{\"mail\":\"m\",\"kind\":0,\"computers\":[\"A\"],\"alert\":\"Eicar\"},{\"mail\":\"n\",\"kind\":2,\"computers\":[]}]"}""";
        await Installation.Table("SystemEvents").UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace);

        JsonNode data = Assert.Single(await Product.SystemEventsAsync(197))["data"]!;

        Assert.Equal("[1,2]", data["attempts"]!.ToJsonString());
        Assert.Equal(
            """[{"mail":"m","kind":"raised","computers":["A"],"alert":"Eicar"},{"mail":"n","kind":"summary","computers":[],"alert":null}]""", data["mailContents"]!.ToJsonString());
    }

    /// <summary>The numbers of all system events: each has a name.</summary>
    private static IEnumerable<int> Numbers() => Enumerable.Range(1, 999).Where(number => HasName(number));

    private static bool HasName(int number)
    {
        try
        {
            return Sentences.Get($"Event{Sentences.Of(number)}Name", MailCulture.En).Length > 0;
        }
        catch (System.Resources.MissingManifestResourceException)
        {
            return false;
        }
    }

    /// <summary>The names of all numbers, and the places where a text is a number, or true or false.</summary>
    private static IEnumerable<string> Faults(string place, string? name, JsonNode? value) => value switch
    {
        JsonObject fields => fields.SelectMany(field => Faults($"{place}.{field.Key}", field.Key, field.Value)),
        JsonArray items => items.SelectMany(item => Faults(place, name, item)),
        JsonValue text when text.GetValueKind() == JsonValueKind.String => decimal.TryParse((string?)text, CultureInfo.InvariantCulture, out _) || bool.TryParse((string?)text, out _) ? [$"{place} is the text '{text}'"] : [],
        JsonValue number when number.GetValueKind() == JsonValueKind.Number => [name ?? place],
        _ => [],
    };

    /// <summary>Does all that is recorded in a system event.</summary>
    private async Task RecordEveryNumberAsync()
    {
        await PutAsync("/api/scheduled-tasks/summary", $$"""{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "recipients": {{ToOperators}} }""");
        await PutAsync("/api/scheduled-tasks/report", $$"""{ "type": "generateReport", "schedule": "0 9 * * *", "recipients": {{ToOperators}}, "report": { "period": "P1D" } }""");
        await ReportAndMailAsync("A");
        await RunTasksAsync(Product);
        await Product.SendAsync("POST", "/api/alerts/clear", """{ "items": [ { "alert": "Eicar" } ], "note": "cleaned", "by": "hanako" }""");
        await Product.WorkOffQueueAsync();
        using (var bad = new MemoryStream("[\"a\", \"b\"]"u8.ToArray()))
        {
            await Product.SendStreamAsync("POST", "/api/events?format=cloudEvents", bad);
        }

        Smtp.On(SmtpStep.Recipient).Once().Reply("550 5.1.1 no such user");
        await RaiseAsync("NotAccepted");
        Smtp.On(SmtpStep.Sender).Once().Reply("451 4.3.0 not now");
        await RaiseAsync("Refused");
        Smtp.StopListening();
        await RaiseAsync("Unreachable");
        Smtp.StartListening();

        ProductProcess unconfigured = Installation.Start(new Dictionary<string, string?>(StringComparer.Ordinal) { ["Smtp:Server"] = "" });
        unconfigured.Log.Expect(201);
        await unconfigured.ReportAsync("A", "NoServer");
        await unconfigured.HandleAsync("compose|NoServer");
        await RunTasksAsync(unconfigured);

        async Task RaiseAsync(string alert)
        {
            await Product.ReportAsync("A", alert);
            await Product.HandleAsync($"compose|{alert}");
        }
    }

    private async Task RunTasksAsync(ProductProcess process)
    {
        foreach (string task in (string[])["summary", "report"])
        {
            await process.SendAsync("POST", $"/api/scheduled-tasks/{task}/run");
        }

        await process.WorkOffQueueAsync();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await process.SendAllDueAsync();
    }
}
