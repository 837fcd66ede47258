using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using Azure.Data.Tables;
using StorageFault = AlertFunctions.Testing.StorageFault;

namespace AlertFunctions.Tests.Http;

/// <summary><c>/api/configuration</c>: alert types, users, scheduled tasks and mappings as one document.</summary>
public sealed class ConfigurationTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const string Path = "/api/configuration";

    private const string Whole =
        """{"alertTypes":[{"alert":"Disk / full","severity":"critical","title":{"ja":"空き容量","en":"Disk"},"mailWhenRaised":true,"mailWhenCleared":true,"enabled":false},"""
        + """{"alert":"Eicar","severity":"warning","title":{"ja":"Eicar","en":"Eicar"},"mailWhenRaised":true,"mailWhenCleared":false,"enabled":true}"""
        + """],"users":[{"name":"a","email":null,"receiveAlertMail":false,"culture":null,"timeZone":null},"""
        + """{"name":"花子","email":"hanako@example.com","receiveAlertMail":true,"culture":"ja","timeZone":"Asia/Tokyo"}"""
        + """],"scheduledTasks":[{"name":"daily","type":"sendAlertSummary","schedule":"0 9 * * *","timeZone":"UTC","recipients":{"allUsers":false,"users":["花子"],"addresses":["ops@example.com"]},"enabled":true,"report":null},"""
        + """{"name":"weekly","type":"generateReport","schedule":"0 9 * * 1","timeZone":"Asia/Tokyo","recipients":{"allUsers":true,"users":[],"addresses":[]},"enabled":false,"report":{"period":"P7D"}}"""
        + """],"mappings":[{"name":"other","items":"alerts","computer":"host","alert":"'A'","state":"state","id":"id","time":"time","severity":"severity","message":"text"},"""
        + """{"name":"zabbix","items":null,"computer":"host","alert":"event","state":null,"id":null,"time":null,"severity":null,"message":null}]}""";

    private static readonly string[] s_lists = ["alertTypes", "users", "scheduledTasks", "mappings"];

    [Fact]
    public async Task The_document_is_read_as_it_was_written_and_writing_it_again_changes_nothing()
    {
        JsonNode done = await PutDocumentAsync(Whole);

        Assert.Equal("""{"added":["Disk / full","Eicar"],"changed":[],"removed":[],"unchanged":0}""", Json(done["changes"]!["alertTypes"]));
        Assert.Equal("""{"added":["a","花子"],"changed":[],"removed":[],"unchanged":0}""", Json(done["changes"]!["users"]));
        Assert.Equal("""{"added":["daily","weekly"],"changed":[],"removed":[],"unchanged":0}""", Json(done["changes"]!["scheduledTasks"]));
        Assert.Equal("""{"added":["other","zabbix"],"changed":[],"removed":[],"unchanged":0}""", Json(done["changes"]!["mappings"]));
        string shown = (await Product.SendAsync("GET", Path)).Text;
        Assert.Equal(Whole, shown);
        Product.Storage.ForgetCalls();

        done = await PutDocumentAsync(shown);

        Assert.All(s_lists, list => Assert.Equal("""{"added":[],"changed":[],"removed":[],"unchanged":2}""", Json(done["changes"]![list])));
        Assert.Equal(0, Writes());
    }

    [Fact]
    public async Task A_list_becomes_what_the_document_says_and_one_that_it_leaves_out_stays()
    {
        await PutDocumentAsync(Whole);

        JsonNode done = await PutDocumentAsync("""{ "users": [ { "name": "b" }, { "name": "花子", "email": "hanako@example.jp", "receiveAlertMail": true } ], "alertTypes": null }""");

        Assert.Equal("""{"dryRun":false,"changes":{"users":{"added":["b"],"changed":["花子"],"removed":["a"],"unchanged":0}}}""", Json(done));
        JsonNode there = await Product.GetAsync(Path);
        Assert.Equal(["b", "花子"], there["users"]!.AsArray().Select(user => (string)user!["name"]!));
        Assert.Equal(Json(JsonNode.Parse(Whole)!["alertTypes"]), Json(there["alertTypes"]));
        Assert.Equal(Json(JsonNode.Parse(Whole)!["scheduledTasks"]), Json(there["scheduledTasks"]));
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_different_and_changes_nothing()
    {
        await PutDocumentAsync(Whole);
        Product.Storage.ForgetCalls();

        Answer answer = await Product.SendAsync("PUT", $"{Path}?dryRun=true", """{ "scheduledTasks": [], "alertTypes": [ { "alert": "Eicar", "severity": "critical" }, { "alert": "New" } ] }""");

        Assert.Equal(
            """{"dryRun":true,"changes":{"alertTypes":{"added":["New"],"changed":["Eicar"],"removed":["Disk / full"],"unchanged":0},"scheduledTasks":{"added":[],"changed":[],"removed":["daily","weekly"],"unchanged":0}}}""",
            answer.Text);
        Assert.Equal(0, Writes());
        Assert.Equal(Whole, (await Product.SendAsync("GET", Path)).Text);
    }

    [Fact]
    public async Task Every_fault_is_named_with_its_place_and_nothing_of_the_document_is_written()
    {
        Answer answer = await Product.SendAsync("PUT", Path, """
            {
              "alertTypes": [ { "alert": "Good" }, { "alert": "Bad", "severity": "loud", "title": { "fr": "x" } }, { "alert": " Good " } ],
              "users": [ { "name": "good" }, { "email": "x@example.com" }, { "name": "a/b", "receiveAlertMail": true }, { "name": "good" }, 7 ],
              "scheduledTasks": [ { "name": "t", "type": "sendAlertSummary", "schedule": "?", "recipients": { "users": ["good", "gone"] } } ],
              "mappings": [ { "name": "m", "computer": "a b", "alert": "c" }, { "name": "n" } ],
              "mail": []
            }
            """);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(
            [
                "$.alertTypes[1].severity", "$.alertTypes[1].title.fr", "$.alertTypes[2].alert", "$.mail", "$.mappings[0].computer", "$.mappings[1].alert", "$.mappings[1].computer", "$.scheduledTasks[0].recipients.users[1]", "$.scheduledTasks[0].schedule",
                "$.users[1].name", "$.users[2].email", "$.users[2].name", "$.users[3].name", "$.users[4]",
            ],
            answer.Json["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal));
        Assert.Equal("is 'good', which $.users[0] is already.", (string)answer.Json["errors"]!["$.users[3].name"]![0]!);
        Assert.Equal("""{"alertTypes":[],"users":[],"scheduledTasks":[],"mappings":[]}""", (await Product.SendAsync("GET", Path)).Text);
    }

    [Theory]
    [InlineData("""{ "users": {} }""", "$.users", "must be an array, but is an object")]
    [InlineData("[]", "$", "must be an object")]
    [InlineData("""{ "users": [ { "name": "\uD800" } ] }""", "$.users[0].name", "not valid Unicode")]
    public async Task What_is_no_configuration_is_refused(string document, string path, string says) =>
        Assert.Contains(says, (string)(await Product.SendAsync("PUT", Path, document)).Json["errors"]![path]![0]!, StringComparison.Ordinal);

    [Theory]
    [InlineData("alertTypes", "alert", 1_000)]
    [InlineData("scheduledTasks", "name", 200)]
    [InlineData("mappings", "name", 200)]
    public async Task More_items_than_there_may_be_are_refused(string list, string field, int maximum)
    {
        var items = new JsonArray([.. Enumerable.Range(0, maximum + 1).Select(number => new JsonObject { [field] = $"{number}" })]);

        Answer answer = await Product.SendAsync("PUT", Path, new JsonObject { [list] = items }.ToJsonString());

        Assert.Equal($"has {maximum + 1} items, but must have at most {maximum}.", (string)answer.Json["errors"]![$"$.{list}"]![0]!);
    }

    [Fact]
    public async Task A_task_may_name_a_user_that_comes_with_it_but_none_that_goes()
    {
        await PutDocumentAsync(Whole);
        JsonNode document = JsonNode.Parse(Whole)!;
        document["users"]!.AsArray().RemoveAt(1);

        Answer refused = await Product.SendAsync("PUT", Path, document.ToJsonString());

        Assert.Contains("is '花子', but must be the name of a user that there is", (string)refused.Json["errors"]!["$.scheduledTasks[0].recipients.users[0]"]![0]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_whose_user_was_removed_is_written_as_it_was_read()
    {
        await PutDocumentAsync(Whole);
        Assert.Equal(HttpStatusCode.NoContent, (await Product.SendAsync("DELETE", "/api/users/花子")).Status);
        string read = (await Product.SendAsync("GET", Path)).Text;

        JsonNode done = await PutDocumentAsync(read);

        Assert.Equal("""{"added":[],"changed":[],"removed":[],"unchanged":2}""", Json(done["changes"]!["scheduledTasks"]));
        Assert.Equal(read, (await Product.SendAsync("GET", Path)).Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?dryRun=true")]
    public async Task An_alert_type_with_outstanding_alerts_is_not_removed_and_nothing_else_is_changed(string query)
    {
        await Product.ReportAsync("web01");

        Answer answer = await Product.SendAsync("PUT", Path + query, """{ "users": [ { "name": "new" } ], "alertTypes": [] }""");

        Assert.Equal((HttpStatusCode.Conflict, "alertTypeInUse"), (answer.Status, (string)answer.Json["code"]!));
        Assert.Contains("keep the types: Eicar.", (string)answer.Json["title"]!, StringComparison.Ordinal);
        Assert.Empty(await Installation.RowsAsync("Users"));
        Assert.Equal("Eicar", (string)Assert.Single((await Product.GetAsync(Path))["alertTypes"]!.AsArray())!["alert"]!);
    }

    [Fact]
    public async Task A_type_that_the_document_turns_off_raises_nothing_any_more()
    {
        await Product.ReportAsync("web01");

        await PutDocumentAsync("""{ "alertTypes": [ { "alert": "Eicar", "enabled": false } ] }""");

        Assert.Empty((await Product.ReportAsync("web02"))["raised"]!.AsArray());
    }

    [Fact]
    public async Task A_task_keeps_its_next_run_unless_its_schedule_changes()
    {
        await PutDocumentAsync(Whole);
        Assert.Equal(HttpStatusCode.Accepted, (await Product.SendAsync("POST", "/api/scheduled-tasks/daily/run")).Status);
        JsonNode ran = await Product.GetAsync("/api/scheduled-tasks/daily");
        JsonNode document = JsonNode.Parse(Whole)!;
        document["scheduledTasks"]![0]!["recipients"]!["allUsers"] = true;

        await PutDocumentAsync(document.ToJsonString());

        JsonNode changed = await Product.GetAsync("/api/scheduled-tasks/daily");
        Assert.NotNull(ran["lastRunAt"]);
        Assert.Equal((Json(ran["lastRunAt"]), Json(ran["nextRunAt"])), (Json(changed["lastRunAt"]), Json(changed["nextRunAt"])));
        document["scheduledTasks"]![0]!["schedule"] = "0 10 * * *";
        await PutDocumentAsync(document.ToJsonString());
        Assert.Equal("2026-11-24T10:00:00Z", (string)(await Product.GetAsync("/api/scheduled-tasks/daily"))["nextRunAt"]!);
    }

    [Fact]
    public async Task S9_mail_that_waits_keeps_the_address_of_a_user_whom_the_document_removes()
    {
        ExpectFailingMail();
        await PutUserAsync("hanako");
        Smtp.StopListening();
        await ReportAndMailAsync("web01");

        await PutDocumentAsync("""{ "users": [] }""");

        Assert.Equal(["hanako@example.com", "ops@example.com"], Assert.Single(await MailAsync())["recipients"]!.AsArray().Select(recipient => (string)recipient!["address"]!));
        Smtp.StartListening();
        await Installation.MakeAllMailDueAsync();
        await Product.SendAllDueAsync();
        Assert.Equal(["hanako@example.com", "ops@example.com"], Smtp.Accepted.Select(mail => mail.Recipient).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_change_under_a_version_that_is_no_more_is_refused()
    {
        await PutDocumentAsync(Whole);
        string first = (await Product.SendAsync("GET", Path)).Headers["ETag"];
        await PutUserAsync("somebody");

        Answer refused = await Product.SendAsync("PUT", Path, Whole, headers: IfMatch(first));

        Assert.Equal((HttpStatusCode.PreconditionFailed, "preconditionFailed"), (refused.Status, (string)refused.Json["code"]!));
        string second = (await Product.SendAsync("GET", Path)).Headers["ETag"];
        Assert.Equal(HttpStatusCode.OK, (await Product.SendAsync("PUT", Path, Whole, headers: IfMatch(second))).Status);
        Assert.Equal(first, (await Product.SendAsync("GET", Path)).Headers["ETag"]);
    }

    [Theory]
    [InlineData(true, HttpStatusCode.PreconditionFailed, "somebody@example.com")]
    [InlineData(false, HttpStatusCode.OK, null)]
    public async Task What_somebody_else_changes_meanwhile_is_lost_only_to_those_who_name_no_version(bool conditional, HttpStatusCode status, string? left)
    {
        await PutDocumentAsync(Whole);
        string tag = (await Product.SendAsync("GET", Path)).Headers["ETag"];
        StorageFault held = Product.Storage.When(call => call.Label == "POST $batch").Once().Hold();
        Task<Answer> writing = Product.SendAsync("PUT", Path, """{ "users": [ { "name": "a", "culture": "en" } ], "scheduledTasks": [] }""", headers: conditional ? IfMatch(tag) : null);
        await held.Reached;
        await Installation.Start().SendAsync("PUT", "/api/users/a", """{ "email": "somebody@example.com" }""");
        held.Release();

        Assert.Equal(status, (await writing).Status);
        Assert.Equal(left, (string?)(await Product.GetAsync("/api/users/a"))["email"]);
    }

    [Fact]
    public async Task A_transaction_whose_answer_is_lost_is_told_as_done()
    {
        Product.Storage.When(call => call.Label == "POST $batch").Once().LoseResponse();

        Assert.Equal("""{"added":["a"],"changed":[],"removed":[],"unchanged":0}""", Json((await PutDocumentAsync("""{ "users": [ { "name": "a" } ] }"""))["changes"]!["users"]));
    }

    [Fact]
    public async Task A_list_whose_changes_fit_in_one_transaction_is_replaced_as_a_whole()
    {
        await PutDocumentAsync(Users(1, 50));
        Product.Storage.ForgetCalls();

        JsonNode done = await PutDocumentAsync(Users(51, 100));

        Assert.Equal((50, 50), (done["changes"]!["users"]!["added"]!.AsArray().Count, done["changes"]!["users"]!["removed"]!.AsArray().Count));
        Assert.Equal(1, Writes());
    }

    [Fact]
    public async Task Repeating_a_change_that_takes_several_transactions_does_what_a_failure_left()
    {
        await PutDocumentAsync(Users(1, 60));
        Product.Log.Expect(301);
        Product.Storage.When(call => call.Label == "POST $batch").After(1).Fail();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Product.SendAsync("PUT", Path, Users(41, 290))).Status);
        Assert.Equal(160, (await Installation.RowsAsync("Users")).Count); // additions come first, so that nobody who stays is missing
        Product.Storage.Heal();
        JsonNode done = (await PutDocumentAsync(Users(41, 290)))["changes"]!["users"]!;

        Assert.Equal((130, 40, 120), (done["added"]!.AsArray().Count, done["removed"]!.AsArray().Count, (int)done["unchanged"]!));
        Assert.Equal(250, (await Installation.RowsAsync("Users")).Count);
    }

    [Fact]
    public async Task Killed_between_any_two_calls_each_list_is_as_before_or_as_wanted_and_repeating_the_document_finishes_it()
    {
        for (int call = 1, survived = 0; survived == 0; call++)
        {
            await PutDocumentAsync(Small("a"));
            CallCounter counter = new CallCounter().StopBefore(call);
            try
            {
                await Installation.Start(counter: counter).SendAsync("PUT", Path, Small("b"));
                survived++;
            }
            catch (Exception) when (counter.Killed)
            {
                // As dead as it was to be.
            }

            JsonNode there = await Product.GetAsync(Path);
            Assert.All(s_lists, list => Assert.Single(there[list]!.AsArray()));
            await PutDocumentAsync(Small("b"));
            Assert.Equal(["b", "b", "b", "b"], (await Product.GetAsync(Path)).AsObject().Select(list => (string)(list.Value![0]!["name"] ?? list.Value[0]!["alert"])!));
        }
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_is_left_alone_unless_the_document_names_it()
    {
        await PutDocumentAsync(Users(1, 2));
        TableEntity row = (await Installation.RowsAsync("Users"))[0];
        await Installation.Table("Users").UpdateEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { ["Culture"] = "Klingon" }, row.ETag, TableUpdateMode.Merge);

        Assert.Equal("""{"added":["other"],"changed":[],"removed":["user 002"],"unchanged":0}""", Json((await PutDocumentAsync("""{ "users": [ { "name": "other" } ] }"""))["changes"]!["users"]));
        Assert.Equal(2, (await Installation.RowsAsync("Users")).Count);
        Assert.Equal("""{"added":[],"changed":["user 001"],"removed":[],"unchanged":1}""", Json((await PutDocumentAsync("""{ "users": [ { "name": "other" }, { "name": "user 001" } ] }"""))["changes"]!["users"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_document_may_be_larger_than_other_bodies(bool compressed)
    {
        Answer taken = await SendAsync(Encoding.UTF8.GetBytes(Users(1, 100) + new string(' ', 4 * 1024 * 1024)));
        Answer refused = await SendAsync(Encoding.UTF8.GetBytes(new string(' ', 16 * 1024 * 1024) + "{}"));

        Assert.True(taken.Status == HttpStatusCode.OK, taken.Text);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "bodyTooLarge"), (refused.Status, (string)refused.Json["code"]!));

        Task<Answer> SendAsync(byte[] body) => compressed
            ? Product.SendBytesAsync("PUT", Path, Compress(body), headers: new Dictionary<string, string>(StringComparer.Ordinal) { ["Content-Encoding"] = "gzip" })
            : Product.SendBytesAsync("PUT", Path, body, chunked: true);
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }

    /// <summary>One item of each kind, all of one name.</summary>
    private static string Small(string name) =>
        $$"""{ "alertTypes": [ { "alert": "{{name}}" } ], "users": [ { "name": "{{name}}" } ], "scheduledTasks": [ { "name": "{{name}}", "type": "sendAlertSummary", "schedule": "0 9 * * *", "recipients": { "users": ["{{name}}"] } } ], "mappings": [ { "name": "{{name}}", "computer": "a", "alert": "b" } ] }""";

    private static string Users(int first, int last) =>
        new JsonObject { ["users"] = new JsonArray([.. Enumerable.Range(first, last - first + 1).Select(number => new JsonObject { ["name"] = $"user {number:D3}" })]) }.ToJsonString();

    private static Dictionary<string, string> IfMatch(string tag) => new(StringComparer.Ordinal) { ["If-Match"] = tag };

    private static System.Text.Json.JsonSerializerOptions Relaxed { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string? Json(JsonNode? node) => node?.ToJsonString(Relaxed);

    private int Writes() => Product.Storage.Count(call => call.Method != "GET");

    private async Task<JsonNode> PutDocumentAsync(string document)
    {
        Answer answer = await Product.SendAsync("PUT", Path, document);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }
}
