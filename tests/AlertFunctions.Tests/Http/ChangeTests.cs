using System.Net;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Http;

/// <summary>What people write by HTTP: <c>PUT</c> replaces, <c>PATCH</c> merges, <c>DELETE</c> removes what is there, each under <c>If-Match</c>.</summary>
public sealed class ChangeTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const string Hanako = """{"name":"hanako","email":"hanako@example.com","receiveAlertMail":true,"culture":"en","timeZone":null}""";

    private const string Daily = """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "timeZone": "UTC", "recipients": { "allUsers": true, "addresses": ["ops@example.com"] } }""";

    /// <summary>Each thing with its address, a body that makes it, a patch, and what the patch makes of it.</summary>
    public static TheoryData<string, string, string, string> Things => new()
    {
        { "/api/users/hanako", Hanako, """{ "culture": "ja" }""", """{"name":"hanako","email":"hanako@example.com","receiveAlertMail":true,"culture":"ja","timeZone":null}""" },
        { "/api/users/hanako", Hanako, """{ "culture": null }""", """{"name":"hanako","email":"hanako@example.com","receiveAlertMail":true,"culture":null,"timeZone":null}""" },
        { "/api/users/hanako", Hanako, "{}", Hanako },
        {
            "/api/alert-types", """{ "alert": "Eicar", "severity": "critical", "title": { "ja": "試験", "en": "Trial" } }""", """{ "alert": "Eicar", "title": { "ja": null }, "mailWhenCleared": true }""",
            """{"alert":"Eicar","severity":"critical","title":{"ja":"Eicar","en":"Trial"},"mailWhenRaised":true,"mailWhenCleared":true,"enabled":true}"""
        },
        {
            "/api/mappings/zabbix", """{ "computer": "host", "alert": "event", "id": "id" }""", """{ "state": "value", "id": null }""",
            """{"name":"zabbix","items":null,"computer":"host","alert":"event","state":"value","id":null,"time":null,"severity":null,"message":null}"""
        },
        {
            "/api/scheduled-tasks/daily", Daily, """{ "enabled": false, "recipients": { "addresses": [] } }""",
            """{"name":"daily","type":"sendAlertSummary","schedule":"0 9 * * *","timeZone":"UTC","recipients":{"allUsers":true,"users":[],"addresses":[]},"enabled":false,"report":null,"lastRunAt":null,"nextRunAt":null,"lastOutcome":null,"nextRuns":[]}"""
        },
    };

    [Theory]
    [MemberData(nameof(Things))]
    public async Task A_patch_changes_what_it_names_and_leaves_the_rest(string path, string body, string patch, string expected)
    {
        await PutAsync(path, body);

        Answer patched = await Product.SendAsync("PATCH", path, patch, "application/merge-patch+json");

        Assert.True(patched.Status == HttpStatusCode.OK, patched.Text);
        Assert.Equal(expected, patched.Text);
    }

    [Theory]
    [InlineData("/api/users/hanako", Hanako, """{ "culture": "ja" }""", "$.email", null)]
    [InlineData("/api/users/hanako", Hanako, """{ "receiveAlertMail": true }""", "$.email", "is required when receiveAlertMail is true")]
    [InlineData("/api/scheduled-tasks/daily", Daily, """{ "enabled": false }""", "$.schedule", "is required")]
    [InlineData("/api/mappings/zabbix", """{ "computer": "host", "alert": "event" }""", """{ "state": "value" }""", "$.computer", "is required")]
    public async Task A_put_keeps_nothing_of_what_was_there_and_requires_what_has_no_default(string path, string before, string body, string missing, string? says)
    {
        await PutAsync(path, before);

        Answer answer = await Product.SendAsync("PUT", path, body);

        if (says is null)
        {
            Assert.Equal("""{"name":"hanako","email":null,"receiveAlertMail":false,"culture":"ja","timeZone":null}""", answer.Text);
        }
        else
        {
            Assert.Contains(says, answer.Json["errors"]![missing]![0]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Equal((await Product.SendAsync("GET", path)).Text, (await Product.SendAsync("PATCH", path, "{}")).Text);
        }
    }

    [Fact]
    public async Task A_put_of_an_alert_type_takes_the_defaults_of_S1_for_what_it_leaves_out()
    {
        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "severity": "critical", "title": { "ja": "試験" }, "mailWhenRaised": false, "mailWhenCleared": true, "enabled": false }""");

        Answer answer = await Product.SendAsync("PUT", "/api/alert-types", """{ "alert": "Eicar" }""");

        Assert.Equal("""{"alert":"Eicar","severity":"warning","title":{"ja":"Eicar","en":"Eicar"},"mailWhenRaised":true,"mailWhenCleared":false,"enabled":true}""", answer.Text);
    }

    [Theory]
    [InlineData("PATCH", "/api/users/nobody", "{}")]
    [InlineData("PATCH", "/api/scheduled-tasks/none", "{}")]
    [InlineData("PATCH", "/api/mappings/none", "{}")]
    [InlineData("DELETE", "/api/users/nobody", null)]
    [InlineData("DELETE", "/api/scheduled-tasks/none", null)]
    [InlineData("DELETE", "/api/mappings/none", null)]
    [InlineData("DELETE", "/api/alert-types?alert=none", null)]
    public async Task What_is_not_there_is_neither_changed_nor_removed(string method, string path, string? body)
    {
        Answer answer = await Product.SendAsync(method, path, body);

        Assert.Equal((HttpStatusCode.NotFound, "notFound"), (answer.Status, answer.Json["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_patch_of_an_alert_type_that_is_not_there_makes_it() =>
        Assert.Equal(
            """{"alert":"Eicar","severity":"warning","title":{"ja":"Eicar","en":"Eicar"},"mailWhenRaised":true,"mailWhenCleared":true,"enabled":true}""",
            (await Product.SendAsync("PATCH", "/api/alert-types", """{ "alert": "Eicar", "mailWhenCleared": true }""")).Text);

    [Theory]
    [InlineData("""{ "mail": null }""", "$.mail", "is not known")]
    [InlineData("""{ "culture": "fr" }""", "$.culture", "must be 'ja' or 'en'")]
    [InlineData("""{ "culture": "ja", "culture": "en" }""", "$.culture", "more than once")]
    [InlineData("""{ "name": "taro" }""", "$.name", "the name in the path")]
    [InlineData("""{ "email": null }""", "$.email", "is required when receiveAlertMail is true")]
    [InlineData("""{ "culture": "\uD800" }""", "$", "not valid Unicode")]
    [InlineData("[]", "$", "must be an object")]
    [InlineData("null", "$", "must be an object")]
    public async Task A_wrong_patch_is_refused_with_its_place_and_changes_nothing(string patch, string path, string says)
    {
        await PutAsync("/api/users/hanako", Hanako);

        Answer answer = await Product.SendAsync("PATCH", "/api/users/hanako", patch);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(says, answer.Json["errors"]![path]![0]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(Hanako, (await Product.SendAsync("GET", "/api/users/hanako")).Text);
    }

    [Theory]
    [InlineData("/api/users/hanako", "/api/users/hanako", Hanako, """{ "culture": "ja" }""")]
    [InlineData("/api/alert-types", "/api/alert-types?alert=Eicar", """{ "alert": "Eicar" }""", """{ "alert": "Eicar", "severity": "critical" }""")]
    [InlineData("/api/scheduled-tasks/daily", "/api/scheduled-tasks/daily", Daily, """{ "enabled": false }""")]
    [InlineData("/api/mappings/zabbix", "/api/mappings/zabbix", """{ "computer": "host", "alert": "event" }""", """{ "state": "value" }""")]
    public async Task A_change_under_a_version_that_is_no_more_is_refused(string path, string address, string body, string patch)
    {
        string first = (await Product.SendAsync("PUT", path, body)).Headers["ETag"];
        Assert.Equal(first, (await Product.SendAsync("GET", address)).Headers["ETag"]);

        Answer changed = await Product.SendAsync("PATCH", path, patch, headers: IfMatch($"\"other\", {first}"));
        Assert.True(changed.Status == HttpStatusCode.OK, changed.Text);
        Assert.NotEqual(first, changed.Headers["ETag"]);

        foreach ((string method, string where, string? content) in ((string, string, string?)[])[("PUT", path, body), ("PATCH", path, patch), ("DELETE", address, null)])
        {
            Answer refused = await Product.SendAsync(method, where, content, headers: IfMatch(first));
            Assert.Equal((HttpStatusCode.PreconditionFailed, "preconditionFailed"), (refused.Status, refused.Json["code"]!.GetValue<string>()));
        }

        Assert.Equal(changed.Headers["ETag"], (await Product.SendAsync("GET", address)).Headers["ETag"]);
        Assert.Equal(HttpStatusCode.NoContent, (await Product.SendAsync("DELETE", address, headers: IfMatch("*"))).Status);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Product.SendAsync("PUT", path, body, headers: IfMatch("*"))).Status);
    }

    [Theory]
    [InlineData("/api/users/hanako", "/api/users/hanako", Hanako, """{ "culture": "ja" }""")]
    [InlineData("/api/alert-types", "/api/alert-types?alert=Eicar", """{ "alert": "Eicar" }""", """{ "alert": "Eicar", "severity": "critical" }""")]
    [InlineData("/api/scheduled-tasks/daily", "/api/scheduled-tasks/daily", Daily, """{ "enabled": false }""")]
    [InlineData("/api/mappings/zabbix", "/api/mappings/zabbix", """{ "computer": "host", "alert": "event" }""", """{ "state": "value" }""")]
    [InlineData("/api/configuration", "/api/configuration", """{ "users": [] }""", null)]
    public async Task A_change_under_a_version_that_cannot_be_read_is_refused_and_changes_nothing(string path, string address, string body, string? patch)
    {
        string tag = (await Product.SendAsync("PUT", path, body)).Headers.GetValueOrDefault("ETag") ?? (await Product.SendAsync("GET", address)).Headers["ETag"];

        foreach (string header in (string[])["stale-unquoted", "", " ", tag.Trim('"'), $"{tag}, stale", $"{tag}, *", $"W/{tag}", "\"", new string('x', 1_000)])
        {
            foreach ((string method, string where, string? content) in ((string, string, string?)[])[("PUT", path, body), .. patch is null ? ((string, string, string?)[])[] : [("PATCH", path, patch), ("DELETE", address, null)]])
            {
                Answer refused = await Product.SendAsync(method, where, content, headers: IfMatch(header));
                Assert.True(refused.Status == HttpStatusCode.BadRequest, $"{method} with If-Match: {header}: {refused.Text}");
                Assert.Equal("invalidRequest", (string?)refused.Json["code"]);
                Assert.Contains("accepted are * for whatever is there, or the ETag of an answer", (string?)refused.Json["errors"]!["If-Match"]![0], StringComparison.Ordinal);
            }
        }

        Answer there = await Product.SendAsync("GET", address, headers: new Dictionary<string, string>(StringComparer.Ordinal) { ["If-Match"] = "unquoted", ["If-None-Match"] = "unquoted" });
        Assert.Equal((HttpStatusCode.OK, tag), (there.Status, there.Headers["ETag"]));
    }

    [Fact]
    public async Task Numbers_in_settings_are_numbers() =>
        Assert.Equal("30", (await Product.GetAsync("/api/settings"))["smtp"]!["timeoutSeconds"]!["value"]!.ToJsonString());

    private static Dictionary<string, string> IfMatch(string tag) => new(StringComparer.Ordinal) { ["If-Match"] = tag };
}
