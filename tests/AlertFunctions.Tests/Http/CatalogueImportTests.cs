using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Api.Alerts.Catalogues;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Testing;
using Azure;
using Azure.Data.Tables;
using StorageFault = AlertFunctions.Testing.StorageFault;

namespace AlertFunctions.Tests.Http;

/// <summary><c>POST /api/alert-types/import</c>: the predefined alerts of Deep Security.</summary>
public sealed class CatalogueImportTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const string InEnglish = """{ "catalogue": "deep-security", "language": "en" }""";
    private const string InJapanese = """{ "catalogue": "deep-security", "language": "ja" }""";
    private const string Alert = "Abnormal Restart Detected";
    private const string AlertInJapanese = "異常な再起動の検出";

    private static readonly JsonSerializerOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly int s_all = AlertCatalogue.Of(CatalogueName.DeepSecurity).Alerts.Count;

    [Fact]
    public async Task It_registers_every_alert_with_the_severity_and_titles_that_are_known_and_says_where_they_are_from()
    {
        JsonNode done = await ImportAsync(InEnglish);

        Assert.Equal((s_all, 0, s_all), CountsOf(done));
        Assert.Equal(
            ["""{"alert":"Low Disk Space","added":true,"severity":null,"dismissible":null}""", """{"alert":"Unable to communicate","added":true,"severity":"critical","dismissible":false}"""],
            done["items"]!.AsArray().Where(item => (string)item!["alert"]! is "Low Disk Space" or "Unable to communicate").Select(item => item!.ToJsonString()));
        Assert.All(done["sources"]!.AsArray(), source => Assert.StartsWith("https://", (string)source!["address"]!, StringComparison.Ordinal));
        Assert.Equal("""{"alert":"Abnormal Restart Detected","severity":"warning","title":{"ja":"異常な再起動の検出","en":"Abnormal Restart Detected"},"mailWhenRaised":true,"mailWhenCleared":false,"enabled":true}""", await ShowAsync(Alert));
        Assert.Equal("""{"alert":"Unable to communicate","severity":"critical","title":{"ja":"Unable to communicate","en":"Unable to communicate"},"mailWhenRaised":true,"mailWhenCleared":false,"enabled":true}""", await ShowAsync("Unable to communicate"));
        Assert.Equal(s_all, (await Installation.RowsAsync("AlertTypes")).Count);
    }

    [Theory]
    [InlineData("ja", InEnglish, Alert)]
    [InlineData("ja", InJapanese, AlertInJapanese)]
    [InlineData("ja", """{ "catalogue": "deep-security" }""", AlertInJapanese)]
    [InlineData("en", """{ "catalogue": "deep-security", "language": null }""", Alert)]
    public async Task The_types_are_named_in_the_language_that_is_asked_for_and_else_in_the_system_s(string culture, string request, string name)
    {
        ProductProcess product = Installation.Start(new Dictionary<string, string?>(StringComparer.Ordinal) { ["Mail:Culture"] = culture });

        await product.SendAsync("POST", "/api/alert-types/import", request);

        string[] names = [.. (await product.GetAsync("/api/alert-types"))["items"]!.AsArray().Select(item => (string)item!["alert"]!)];
        Assert.Equal([name], names.Intersect([Alert, AlertInJapanese], StringComparer.Ordinal));
        Assert.Contains("Unable to communicate", names); // without a title in Japanese
    }

    [Theory]
    [InlineData(InEnglish, "Alert: Abnormal Restart Detected\nSeverity: Critical\n", Alert)]
    [InlineData(InJapanese, "アラート: 異常な再起動の検出\n重要度: 重大\n", AlertInJapanese)]
    public async Task What_Deep_Security_reports_is_of_the_imported_type(string request, string description, string name)
    {
        await ImportAsync(request);
        var started = new JsonObject
        {
            ["EventType"] = "SystemEvent",
            ["Number"] = 190,
            ["EventID"] = 1,
            ["TenantID"] = 0,
            ["LogDate"] = "2026-11-24T01:54:24.086Z",
            ["Title"] = "Alert Started",
            ["TargetName"] = "web01",
            ["Description"] = description,
        };

        await Product.PostEventsAsync(started.ToJsonString());

        JsonNode raised = Assert.Single((await Product.GetAsync("/api/alerts"))["items"]!.AsArray())!;
        Assert.Equal((name, "warning"), ((string)raised["alert"]!, (string)raised["severity"]!)); // the type's severity counts, not the event's
        Assert.Equal(s_all, (await Installation.RowsAsync("AlertTypes")).Count);
    }

    [Fact]
    public async Task A_type_that_is_there_keeps_its_settings_and_a_second_import_writes_nothing()
    {
        await PutAsync("/api/alert-types", $$"""{ "alert": "{{Alert}}", "severity": "critical", "title": { "ja": "再起動" }, "mailWhenRaised": false, "enabled": false }""");
        string before = await ShowAsync(Alert);

        JsonNode first = await ImportAsync(InEnglish);
        Product.Storage.ForgetCalls();
        JsonNode second = await ImportAsync(InEnglish);

        Assert.Equal((s_all - 1, 1, s_all), CountsOf(first));
        Assert.Equal([Alert], first["items"]!.AsArray().Where(item => !(bool)item!["added"]!).Select(item => (string)item!["alert"]!));
        Assert.Equal((0, s_all, s_all), CountsOf(second));
        Assert.Equal(0, Product.Storage.Count(call => call.Method != "GET"));
        Assert.Equal(before, await ShowAsync(Alert));
    }

    [Fact]
    public async Task A_type_that_cannot_be_read_stays_as_it_is()
    {
        await PutAsync("/api/alert-types", $$"""{ "alert": "{{Alert}}" }""");
        TableEntity row = Assert.Single(await Installation.RowsAsync("AlertTypes"));
        row["Severity"] = "Mild";
        await Installation.Table("AlertTypes").UpdateEntityAsync(row, ETag.All);

        Assert.Equal((s_all - 1, 1, s_all), CountsOf(await ImportAsync(InEnglish)));
        Assert.Single(await Installation.RowsAsync("AlertTypes"), stored => (string)stored["Severity"] == "Mild");
    }

    [Fact]
    public async Task A_type_that_an_event_registers_meanwhile_stays_as_the_event_left_it()
    {
        StorageFault held = Product.Storage.When(call => call.Label == "POST $batch").Once().Hold();
        Task<JsonNode> importing = ImportAsync(InEnglish);
        await held.Reached;
        await Installation.Start().ReportAsync("web01", "Activation Failed", severity: "warning");
        held.Release();

        await importing;

        Assert.Contains("\"severity\":\"warning\"", await ShowAsync("Activation Failed"), StringComparison.Ordinal);
        Assert.Equal(s_all, (await Installation.RowsAsync("AlertTypes")).Count);
    }

    [Fact]
    public async Task Repeating_an_import_that_failed_half_way_adds_the_rest()
    {
        Product.Log.Expect(301);
        Product.Storage.When(call => call.Label == "POST $batch").After(1).Fail();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Product.SendAsync("POST", "/api/alert-types/import", InEnglish)).Status);
        int half = (await Installation.RowsAsync("AlertTypes")).Count;
        Product.Storage.Heal();

        JsonNode done = await ImportAsync(InEnglish);

        Assert.InRange(half, 1, s_all - 1);
        Assert.Equal((s_all - half, half, s_all), CountsOf(done));
        Assert.Equal(s_all, (await Installation.RowsAsync("AlertTypes")).Count);
    }

    [Fact]
    public async Task A_transaction_whose_answer_is_lost_is_told_as_done()
    {
        Product.Storage.When(call => call.Label == "POST $batch").Once().LoseResponse();

        Assert.Equal((s_all, 0, s_all), CountsOf(await ImportAsync(InEnglish)));
    }

    [Fact]
    public async Task Nothing_is_imported_where_there_is_no_room_for_all()
    {
        int there = AlertTypeStore.MaximumTypes - s_all + 1;
        foreach (int[] some in Enumerable.Range(0, there).Chunk(100))
        {
            await Installation.Table("AlertTypes").SubmitTransactionAsync(some.Select(number => new TableTransactionAction(
                TableTransactionActionType.Add,
                new TableEntity("type", $"type{number}") { ["Name"] = $"type{number}", ["Severity"] = "Warning", ["TitleJa"] = "t", ["TitleEn"] = "t", ["MailWhenRaised"] = true, ["MailWhenCleared"] = false })));
        }

        Answer refused = await Product.SendAsync("POST", "/api/alert-types/import", InEnglish);

        Assert.Equal((HttpStatusCode.BadRequest, "invalidRequest"), (refused.Status, (string)refused.Json["code"]!));
        Assert.Equal("has more new alert types than there is room for: there may be 1000.", (string)refused.Json["errors"]!["$.catalogue"]![0]!);
        Assert.Equal(there, (await Installation.RowsAsync("AlertTypes")).Count);
        await Product.SendAsync("DELETE", "/api/alert-types?alert=type0");
        Assert.Equal((s_all, 0, s_all), CountsOf(await ImportAsync(InEnglish)));
        Assert.Equal((0, s_all, s_all), CountsOf(await ImportAsync(InEnglish)));
    }

    [Theory]
    [InlineData("{}", "$.catalogue", "is required: 'deep-security'.")]
    [InlineData("""{ "catalogue": "Deep Security" }""", "$.catalogue", "is 'Deep Security', but must be 'deep-security'.")]
    [InlineData("""{ "catalogue": ["deep-security"] }""", "$.catalogue", "must be a string, but is an array.")]
    [InlineData("""{ "catalogue": "deep-security", "language": "fr" }""", "$.language", "is 'fr', but must be 'ja' or 'en'.")]
    [InlineData("""{ "catalogue": "deep-security", "overwrite": true }""", "$.overwrite", "is not known; accepted are catalogue, language.")]
    [InlineData("\"deep-security\"", "$", "must be an object, but is a string.")]
    public async Task What_is_not_accepted_is_refused_in_words_and_nothing_is_imported(string body, string path, string says)
    {
        Answer answer = await Product.SendAsync("POST", "/api/alert-types/import", body);

        Assert.Equal((HttpStatusCode.BadRequest, "invalidRequest"), (answer.Status, (string)answer.Json["code"]!));
        Assert.Equal(says, (string)answer.Json["errors"]![path]![0]!);
        Assert.Empty(await Installation.RowsAsync("AlertTypes"));
    }

    private static (int Added, int Unchanged, int Items) CountsOf(JsonNode answer) => ((int)answer["added"]!, (int)answer["unchanged"]!, answer["items"]!.AsArray().Count);

    private async Task<JsonNode> ImportAsync(string request)
    {
        Answer answer = await Product.SendAsync("POST", "/api/alert-types/import", request);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }

    private async Task<string> ShowAsync(string alert) =>
        Assert.Single((await Product.GetAsync($"/api/alert-types?alert={Uri.EscapeDataString(alert)}"))["items"]!.AsArray())!.ToJsonString(s_readable);
}
