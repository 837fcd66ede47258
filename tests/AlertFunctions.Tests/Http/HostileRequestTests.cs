using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Http;

/// <summary>What a hostile or careless client may send: each time a 4xx that says what is wrong, and never a trace in storage.</summary>
public sealed class HostileRequestTests(SharedProduct shared) : IClassFixture<SharedProduct>
{
    private const string Valid = """{ "computer": "A", "alert": "Eicar" }""";

    private static readonly Dictionary<string, (string Body, string Path, string Says)> s_bodies = new(StringComparer.Ordinal)
    {
        ["empty"] = ("", "$", "empty"),
        ["only spaces"] = ("  \n ", "$", "not valid JSON"),
        ["broken"] = ("""{ "computer": "A", """, "$", "not valid JSON"),
        ["two values"] = ($"{Valid} {Valid}", "$", "not valid JSON"),
        ["trailing comma"] = ("""[ { "computer": "A", "alert": "Eicar" }, ]""", "$", "not valid JSON"),
        ["comment"] = ("""{ "computer": "A", "alert": "Eicar" } // no""", "$", "not valid JSON"),
        ["single quotes"] = ("{ 'computer': 'A' }", "$", "not valid JSON"),
        ["raw control character"] = ("{ \"computer\": \"A\u0001\", \"alert\": \"Eicar\" }", "$", "not valid JSON"),
        ["NaN"] = ("""{ "computer": NaN }""", "$", "not valid JSON"),
        ["deep arrays"] = (new string('[', 10_000) + new string(']', 10_000), "$", "depth"),
        ["deep objects"] = (string.Concat(Enumerable.Repeat("""{"data":""", 1_000)) + "1" + new string('}', 1_000), "$", "depth"),
        ["null"] = ("null", "$", "must be an object, but is null"),
        ["number"] = ("1e400", "$", "must be an object, but is a number"),
        ["string"] = ("\"computer\"", "$", "must be an object, but is a string"),
        ["true"] = ("true", "$", "must be an object, but is true or false"),
        ["no events"] = ("[]", "$", "has 0 events, but must have 1 to 1000"),
        ["1001 events"] = ($"[{string.Join(',', Enumerable.Repeat(Valid, 1_001))}]", "$", "has 1001 events, but must have 1 to 1000"),
        ["null among events"] = ($"[ {Valid}, null ]", "$[1]", "must be an object, but is null"),
        ["array among events"] = ($"[ {Valid}, [ {Valid} ] ]", "$[1]", "must be an object, but is an array"),
        ["empty object"] = ("{}", "$.computer", "is required"),
        ["computer missing"] = ("""{ "alert": "Eicar" }""", "$.computer", "is required"),
        ["computer null"] = ("""{ "computer": null, "alert": "Eicar" }""", "$.computer", "is required"),
        ["computer a number"] = ("""{ "computer": 12345678901234567890123456789012345678901234567890, "alert": "Eicar" }""", "$.computer", "must be a string, but is a number"),
        ["computer an object"] = ("""{ "computer": { "name": "A" }, "alert": "Eicar" }""", "$.computer", "must be a string, but is an object"),
        ["computer empty"] = ("""{ "computer": "", "alert": "Eicar" }""", "$.computer", "has 0 characters"),
        ["computer blank"] = ("""{ "computer": " \t\n\u3000\u00A0 ", "alert": "Eicar" }""", "$.computer", "has 0 characters"),
        ["computer of 257 characters"] = ($$"""{ "computer": "{{new string('a', 257)}}", "alert": "Eicar" }""", "$.computer", "has 257 characters"),
        ["computer of 300 characters"] = ($$"""{ "computer": "{{new string('あ', 300)}}", "alert": "Eicar" }""", "$.computer", "has 300 characters"),
        ["alert of 257 emoji"] = ($$"""{ "computer": "A", "alert": "{{string.Concat(Enumerable.Repeat("😀", 257))}}" }""", "$.alert", "has 257 characters"),
        ["line break in a name"] = ("""{ "computer": "A\r\nBcc: x@example.com", "alert": "Eicar" }""", "$.computer", "control character"),
        ["NUL in a name"] = ("""{ "computer": "A", "alert": "Ei\u0000car" }""", "$.alert", "control character"),
        ["C1 control in a name"] = ("""{ "computer": "A", "alert": "Ei\u0085car" }""", "$.alert", "control character"),
        ["lone high surrogate in a name"] = ("""{ "computer": "A\uD800", "alert": "Eicar" }""", "$.computer", "not valid Unicode"),
        ["lone low surrogate in a name"] = ("""{ "computer": "A", "alert": "\uDC00Eicar" }""", "$.alert", "not valid Unicode"),
        ["surrogates the wrong way round"] = ("""{ "computer": "A", "alert": "\uDE00\uD83D" }""", "$.alert", "not valid Unicode"),
        ["lone surrogate in a message"] = ("""{ "computer": "A", "alert": "Eicar", "message": "x\uD800y" }""", "$.message", "not valid Unicode"),
        ["lone surrogate in an id"] = ("""{ "computer": "A", "alert": "Eicar", "id": "\uD800" }""", "$.id", "not valid Unicode"),
        ["lone surrogate in a field's name"] = ("""{ "computer": "A", "alert": "Eicar", "x\uD800": 1 }""", "$", "name that is not valid Unicode"),
        ["lone surrogate in data"] = ("""{ "computer": "A", "alert": "Eicar", "data": { "path": [ "x\uD800y" ] } }""", "$.data", "not valid Unicode"),
        ["lone surrogate in a name in data"] = ("""{ "computer": "A", "alert": "Eicar", "data": { "x": { "\uD800": 1 } } }""", "$.data", "not valid Unicode"),
        ["lone surrogate in state"] = ("""{ "computer": "A", "alert": "Eicar", "state": "\uD800" }""", "$.state", "not valid Unicode"),
        ["lone surrogate in time"] = ("""{ "computer": "A", "alert": "Eicar", "time": "\uD800" }""", "$.time", "not valid Unicode"),
        ["the same field twice"] = ("""{ "computer": "A", "computer": "B", "alert": "Eicar" }""", "$.computer", "more than once"),
        ["the same field twice, once escaped"] = ("""{ "computer": "A", "\u0063omputer": "B", "alert": "Eicar" }""", "$.computer", "more than once"),
        ["unknown field"] = ("""{ "computer": "A", "alert": "Eicar", "hostname": "x" }""", "$.hostname", "is not known; accepted are id, time"),
        ["field in another case"] = ("""{ "Computer": "A", "computer": "A", "alert": "Eicar" }""", "$.Computer", "is not known"),
        ["unknown state"] = ("""{ "computer": "A", "alert": "Eicar", "state": "raised" }""", "$.state", "must be 'occurred' or 'cleared'"),
        ["unknown severity"] = ("""{ "computer": "A", "alert": "Eicar", "severity": "Critical" }""", "$.severity", "must be 'critical' or 'warning'"),
        ["severity a number"] = ("""{ "computer": "A", "alert": "Eicar", "severity": 1 }""", "$.severity", "must be a string, but is a number"),
        ["id empty"] = ("""{ "computer": "A", "alert": "Eicar", "id": "" }""", "$.id", "has 0 characters"),
        ["id of 257 characters"] = ($$"""{ "computer": "A", "alert": "Eicar", "id": "{{new string('a', 257)}}" }""", "$.id", "has 257 characters"),
        ["message of 4097 characters"] = ($$"""{ "computer": "A", "alert": "Eicar", "message": "{{new string('a', 4_097)}}" }""", "$.message", "has 4097 characters"),
        ["data a string"] = ("""{ "computer": "A", "alert": "Eicar", "data": "{}" }""", "$.data", "must be an object, but is a string"),
        ["data an array"] = ("""{ "computer": "A", "alert": "Eicar", "data": [] }""", "$.data", "must be an object, but is an array"),
        ["data of more than 16 KiB"] = ($$"""{ "computer": "A", "alert": "Eicar", "data": { "x": "{{new string('a', 16 * 1024)}}" } }""", "$.data", "but may have 16384"),
        ["time without an offset"] = (Time("2026-11-24T02:00:00"), "$.time", "with an offset"),
        ["time without a time"] = (Time("2026-11-24"), "$.time", "with an offset"),
        ["time in words"] = (Time("now"), "$.time", "with an offset"),
        ["time a number"] = ("""{ "computer": "A", "alert": "Eicar", "time": 1795485600 }""", "$.time", "must be a string, but is a number"),
        ["time on the 31st of November"] = (Time("2026-11-31T02:00:00Z"), "$.time", "with an offset"),
        ["time at 25 o'clock"] = (Time("2026-11-24T25:00:00Z"), "$.time", "with an offset"),
        ["time with an offset of 15 hours"] = (Time("2026-11-24T02:00:00+15:00"), "$.time", "with an offset"),
        ["year 0000"] = (Time("0000-01-01T00:00:00Z"), "$.time", "with an offset"),
        ["year 0001"] = (Time("0001-01-01T00:00:00Z"), "$.time", "older than the 90 days"),
        ["year 0001 east of Greenwich"] = (Time("0001-01-01T00:00:00+14:00"), "$.time", "with an offset"),
        ["year 1600"] = (Time("1600-12-31T00:00:00Z"), "$.time", "older than the 90 days"),
        ["year 9999"] = (Time("9999-12-31T23:59:59Z"), "$.time", "more than a day ahead"),
        ["year 9999 west of Greenwich"] = (Time("9999-12-31T23:59:59-14:00"), "$.time", "with an offset"),
        ["year 10000"] = (Time("10000-01-01T00:00:00Z"), "$.time", "with an offset"),
        ["a second more than a day ahead"] = (Time("2026-11-25T02:00:01Z"), "$.time", "more than a day ahead"),
        ["a second older than the retention"] = (Time("2026-08-26T01:59:59Z"), "$.time", "older than the 90 days"),
        ["digits that are not ASCII"] = (Time("２０２６-11-24T02:00:00Z"), "$.time", "with an offset"),
        ["time followed by a line break"] = (Time("2026-11-24T02:00:00Z\\n"), "$.time", "with an offset"),
    };

    public static TheoryData<string> Bodies => [.. s_bodies.Keys];

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task An_invalid_event_is_refused_with_its_place_and_nothing_is_recorded(string name)
    {
        (string body, string path, string says) = s_bodies[name];

        Answer answer = await shared.Product.SendAsync("POST", "/api/events", body);

        AssertInvalid(answer, path, says);
        await AssertNothingRecordedAsync();
    }

    [Fact]
    public async Task All_invalid_events_are_listed_together_and_the_valid_ones_are_not_recorded()
    {
        Answer answer = await shared.Product.SendAsync("POST", "/api/events", """
            [
              { "computer": "A", "alert": "Eicar" },
              { "computer": "", "time": "yesterday", "message": 1 },
              { "computer": "B", "alert": "Eicar" },
              { "computer": "C", "alert": "Eicar", "x": 1, "y": 2 },
              7
            ]
            """);

        Assert.Equal(
            ["$[1].alert", "$[1].computer", "$[1].message", "$[1].time", "$[3].x", "$[3].y", "$[4]"],
            Errors(answer).Select(error => error.Key).Order(StringComparer.Ordinal));
        await AssertNothingRecordedAsync();
    }

    [Theory]
    [InlineData("ff")]
    [InlineData("c0af")]
    [InlineData("eda080")] // a surrogate in UTF-8
    [InlineData("f4908080")] // beyond U+10FFFF
    [InlineData("e38182e381")]
    public async Task A_body_that_is_not_UTF8_is_refused(string hex)
    {
        byte[] body = [.. "{ \"computer\": \""u8, .. Convert.FromHexString(hex), .. "\", \"alert\": \"Eicar\" }"u8];

        Answer answer = await shared.Product.SendBytesAsync("POST", "/api/events", body);

        AssertInvalid(answer, "$", "not valid UTF-8");
        await AssertNothingRecordedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_10_MiB_is_refused_whether_or_not_its_length_is_declared(bool chunked)
    {
        byte[] body = Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat(Valid, 10 * 1024 * 1024 / Valid.Length))}]");

        Answer answer = await shared.Product.SendBytesAsync("POST", "/api/events", body, chunked: chunked);

        AssertProblem(answer, HttpStatusCode.RequestEntityTooLarge, "larger than 1048576 bytes");
        await AssertNothingRecordedAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json;;;=")]
    [InlineData("json")]
    public async Task A_content_type_that_is_not_JSON_is_refused(string? contentType)
    {
        foreach ((string method, string path) in ((string, string)[])[("POST", "/api/events"), ("POST", "/api/alerts/clear"), ("PUT", "/api/alert-types"), ("PUT", "/api/users/hanako")])
        {
            Answer answer = await shared.Product.SendAsync(method, path, Valid, contentType);

            AssertProblem(answer, HttpStatusCode.UnsupportedMediaType, "application/json");
        }

        await AssertNothingRecordedAsync();
    }

    [Theory]
    [InlineData("/api/alerts?alert=%00", "alert")]
    [InlineData("/api/alerts?computer=a%0D%0Ab", "computer")]
    [InlineData("/api/alerts?unknown=%00", "unknown")]
    [InlineData("/api/alerts?%00=%00&&=&", "\uFFFD")]
    [InlineData("/api/alerts?severity=high", "severity")]
    [InlineData("/api/alerts?severity=critical&severity=warning", "severity")]
    [InlineData("/api/alerts?top=0", "top")]
    [InlineData("/api/alerts?top=1001", "top")]
    [InlineData("/api/alerts?top=-1", "top")]
    [InlineData("/api/alerts?top=1.5", "top")]
    [InlineData("/api/alerts?top=%EF%BC%91", "top")]
    [InlineData("/api/alerts?top=99999999999999999999999999", "top")]
    [InlineData("/api/alerts?top=1&top=2", "top")]
    [InlineData("/api/alerts?continuation=***", "continuation")]
    [InlineData("/api/alerts?continuation=a", "continuation")]
    [InlineData("/api/alerts?continuation=JyBvciAnJyBlcSAn", "continuation")] // ' or '' eq '
    [InlineData("/api/alerts?continuation=OXxhbGVydHxBfEI", "continuation")] // 9|alert|A|B, a shard that is none
    [InlineData("/api/alerts?continuation=AAAA", "continuation")]
    [InlineData("/api/alerts/summary?culture=fr", "culture")]
    [InlineData("/api/alerts/detail", "alert")]
    [InlineData("/api/alerts/detail?alert=Eicar", "computer")]
    [InlineData("/api/alerts/detail?alert=Eicar&computer=%07", "computer")]
    [InlineData("/api/alerts/detail?alert=Eicar&computer=A&culture=xx", "culture")]
    [InlineData("/api/alert-types?alert=%01", "alert")]
    [InlineData("/api/mail?top=many", "top")]
    [InlineData("/api/mail?continuation=%22", "continuation")]
    [InlineData("/api/mail?continuation=ICcgb3IgJycgZXEgJw", "continuation")] // a place without a total: ' or '' eq '
    [InlineData("/api/mail?continuation=LTEgMDFLQTNROFQ0MFY2TjJZNVdKOVo3WDFDM0I", "continuation")] // a total of -1
    [InlineData("/api/mail?culture=de", "culture")]
    [InlineData("/api/system-events?from=yesterday", "from")]
    [InlineData("/api/system-events?to=2026-11-24T02:00:00", "to")]
    [InlineData("/api/system-events?from=0001-01-01T00:00:00Z", "from")]
    [InlineData("/api/system-events?to=9999-12-31T23:59:59-14:00", "to")]
    [InlineData("/api/system-events?id=-1", "id")]
    [InlineData("/api/system-events?id=0x7B", "id")]
    [InlineData("/api/system-events?top=1e3", "top")]
    [InlineData("/api/system-events?continuation=%FF", "continuation")]
    [InlineData("/api/system-events?continuation=ICcgb3IgJycgZXEgJw", "continuation")]
    [InlineData("/api/system-events?culture=klingon", "culture")]
    public async Task A_wrong_query_parameter_is_named(string path, string parameter)
    {
        Answer answer = await shared.Product.SendAsync("GET", path);

        AssertInvalid(answer, parameter, "");
    }

    [Fact]
    public async Task A_name_of_300_characters_in_a_query_is_refused()
    {
        AssertInvalid(await shared.Product.SendAsync("GET", $"/api/alerts?computer={new string('a', 300)}"), "computer", "has 300 characters");
    }

    [Theory]
    [InlineData("/api/system-events?to=9999-12-31T23:59:59Z")]
    [InlineData("/api/system-events?from=1601-01-01T00:00:00Z")]
    [InlineData("/api/system-events?from=2026-11-24T02:00:00+09:00&to=2026-11-24T02:00:00%2B09:00")]
    [InlineData("/api/system-events?id=99999&top=1000")]
    [InlineData("/api/alerts?alert=%2F%5C%23%3F%25%27%22%7C%21%F0%9F%98%80%EF%BF%BE")]
    [InlineData("/api/alerts?computer=%27%20or%20%27%27%20eq%20%27")]
    [InlineData("/api/alerts?&&&")]
    [InlineData("/api/alerts?alert=%FF%FE%C0")]
    [InlineData("/api/alerts?alert=&computer=&severity=&top=&continuation=")]
    public async Task An_unusual_query_that_is_right_is_answered(string path)
    {
        Answer answer = await shared.Product.SendAsync("GET", path);

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Empty(answer.Json["items"]!.AsArray());
    }

    [Theory]
    [InlineData("GET", "/api/nothing", 404)]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("GET", "/api/events", 405)]
    [InlineData("PATCH", "/api/alerts", 405)]
    [InlineData("TRACE", "/api/alerts/clear", 405)]
    [InlineData("GET", "/api/users/%00", 404)]
    [InlineData("GET", "/api/users/%27%20or%201", 404)]
    [InlineData("DELETE", "/api/users/nobody", 404)]
    [InlineData("GET", "/api/alerts/detail?alert=Eicar&computer=A", 404)]
    [InlineData("DELETE", "/api/mail", 405)] // nobody can delete waiting mail or change the interval (S9)
    [InlineData("PUT", "/api/mail", 405)]
    [InlineData("PATCH", "/api/mail", 405)]
    [InlineData("DELETE", "/api/mail/01J00000000000000000000000", 404)]
    [InlineData("PUT", "/api/settings", 405)]
    public async Task What_is_not_there_is_said_so_in_problem_details(string method, string path, int status)
    {
        AssertProblem(await shared.Product.SendAsync(method, path), (HttpStatusCode)status, "");
    }

    [Theory]
    [InlineData("null", "$")]
    [InlineData("[]", "$")]
    [InlineData("{}", "$.items")]
    [InlineData("""{ "items": null }""", "$.items")]
    [InlineData("""{ "items": [] }""", "$.items")]
    [InlineData("""{ "items": {} }""", "$.items")]
    [InlineData("""{ "items": [ null ] }""", "$.items[0]")]
    [InlineData("""{ "items": [ {} ] }""", "$.items[0]")]
    [InlineData("""{ "items": [ { "alert": null, "computer": null } ] }""", "$.items[0]")]
    [InlineData("""{ "items": [ { "alert": "" } ] }""", "$.items[0].alert")]
    [InlineData("""{ "items": [ { "alert": "\uD800" } ] }""", "$.items[0].alert")]
    [InlineData("""{ "items": [ { "alert": "A" }, { "computer": 1 } ] }""", "$.items[1].computer")]
    [InlineData("""{ "items": [ { "alert": "A", "raisedAt": "2026-11-24T02:00:00" } ] }""", "$.items[0].raisedAt")]
    [InlineData("""{ "items": [ { "alert": "A", "all": true } ] }""", "$.items[0].all")]
    [InlineData("""{ "items": [ { "alert": "A" } ], "note": 1 }""", "$.note")]
    [InlineData("""{ "items": [ { "alert": "A" } ], "note": "\uDC00" }""", "$.note")]
    [InlineData("""{ "items": [ { "alert": "A" } ], "force": true }""", "$.force")]
    public async Task A_wrong_clear_is_refused_with_its_place(string body, string path)
    {
        AssertInvalid(await shared.Product.SendAsync("POST", "/api/alerts/clear", body), path, "");
    }

    [Fact]
    public async Task A_clear_of_1001_items_is_refused()
    {
        AssertInvalid(
            await shared.Product.SendAsync("POST", "/api/alerts/clear", $$"""{ "items": [ {{string.Join(',', Enumerable.Repeat("""{"alert":"A"}""", 1_001))}} ] }"""),
            "$.items",
            "array of 1 to 1000");
    }

    [Theory]
    [InlineData("null", "$")]
    [InlineData("{}", "$.alert")]
    [InlineData("""{ "alert": "\u0007" }""", "$.alert")]
    [InlineData("""{ "alert": "A", "severity": "info" }""", "$.severity")]
    [InlineData("""{ "alert": "A", "severity": 1 }""", "$.severity")]
    [InlineData("""{ "alert": "A", "mailWhenRaised": "true" }""", "$.mailWhenRaised")]
    [InlineData("""{ "alert": "A", "mailWhenCleared": 1 }""", "$.mailWhenCleared")]
    [InlineData("""{ "alert": "A", "title": "A" }""", "$.title")]
    [InlineData("""{ "alert": "A", "title": { "ja": "" } }""", "$.title.ja")]
    [InlineData("""{ "alert": "A", "title": { "en": "a\r\nBcc: x" } }""", "$.title.en")]
    [InlineData("""{ "alert": "A", "title": { "en": "\uD800" } }""", "$.title.en")]
    [InlineData("""{ "alert": "A", "title": { "fr": "A" } }""", "$.title.fr")]
    [InlineData("""{ "alert": "A", "interval": 5 }""", "$.interval")]
    [InlineData("""{ "alert": "A", "alert": "B" }""", "$.alert")]
    public async Task A_wrong_alert_type_is_refused_with_its_place(string body, string path)
    {
        AssertInvalid(await shared.Product.SendAsync("PUT", "/api/alert-types", body), path, "");
        Assert.Empty(await shared.Installation.RowsAsync("AlertTypes"));
    }

    [Theory]
    [InlineData("null", "$")]
    [InlineData("{}", "$.to")]
    [InlineData("""{ "to": null }""", "$.to")]
    [InlineData("""{ "to": 1 }""", "$.to")]
    [InlineData("""{ "to": "ops" }""", "$.to")]
    [InlineData("""{ "to": "a@example.com, b@example.com" }""", "$.to")]
    [InlineData("""{ "to": "a@example.com\r\nDATA" }""", "$.to")]
    [InlineData("""{ "to": "\uD800@example.com" }""", "$.to")]
    [InlineData("""{ "to": "a@example.com", "subject": "x" }""", "$.subject")]
    public async Task A_wrong_test_mail_is_refused_with_its_place_and_nothing_is_sent(string body, string path)
    {
        AssertInvalid(await shared.Product.SendAsync("POST", "/api/mail/test", body), path, "");
        Assert.Equal(0, shared.Installation.Smtp.Connections);
    }

    [Fact]
    public async Task An_alert_type_to_delete_must_be_named() =>
        AssertInvalid(await shared.Product.SendAsync("DELETE", "/api/alert-types"), "alert", "is required");

    [Theory]
    [InlineData("a", "null", "$")]
    [InlineData("a", "[]", "$")]
    [InlineData("a", """{ "email": "" }""", "$.email")]
    [InlineData("a", """{ "email": "a" }""", "$.email")]
    [InlineData("a", """{ "email": "A <a@example.com>" }""", "$.email")]
    [InlineData("a", """{ "email": "a@example.com\r\nBcc: b@example.com" }""", "$.email")]
    [InlineData("a", """{ "email": "花子@example.com" }""", "$.email")]
    [InlineData("a", """{ "email": "a@example.com,b@example.com" }""", "$.email")]
    [InlineData("a", """{ "email": "\uD800@example.com" }""", "$.email")]
    [InlineData("a", """{ "email": ["a@example.com"] }""", "$.email")]
    [InlineData("a", """{ "receiveAlertMail": "yes" }""", "$.receiveAlertMail")]
    [InlineData("a", """{ "receiveAlertMail": true }""", "$.email")]
    [InlineData("a", """{ "receiveAlertMail": true, "email": null }""", "$.email")]
    [InlineData("a", """{ "culture": "fr" }""", "$.culture")]
    [InlineData("a", """{ "timeZone": "Tokyo" }""", "$.timeZone")]
    [InlineData("a", """{ "timeZone": "Tokyo Standard Time" }""", "$.timeZone")]
    [InlineData("a", """{ "timeZone": 9 }""", "$.timeZone")]
    [InlineData("a", """{ "email": "ops@exam\u200Bple.com" }""", "$.email")]
    [InlineData("a", """{ "name": "b" }""", "$.name")]
    [InlineData("a", """{ "admin": true }""", "$.admin")]
    [InlineData("a%22b", "{}", "name")]
    [InlineData("a%0Ab", "{}", "name")]
    [InlineData("%20a", "{}", "name")]
    [InlineData("a%7Cb", "{}", "name")]
    [InlineData("a%3Cb%3E", "{}", "name")]
    [InlineData("a%E2%80%AEb", "{}", "name")]
    [InlineData("%EF%BF%BD", "{}", "name")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "{}", "name")]
    public async Task A_wrong_user_is_refused_with_its_place(string name, string body, string path)
    {
        AssertInvalid(await shared.Product.SendAsync("PUT", $"/api/users/{name}", body), path, "");
        Assert.Empty(await shared.Installation.RowsAsync("Users"));
    }

    private static void AssertProblem(Answer answer, HttpStatusCode status, string says)
    {
        Assert.True(answer.Status == status, $"{answer.Status}: {answer.Text}");
        Assert.StartsWith("application/problem+json", answer.ContentType, StringComparison.Ordinal);
        Assert.Equal((int)status, answer.Json["status"]!.GetValue<int>());
        Assert.NotEmpty(answer.Json["title"]!.GetValue<string>());
        Assert.Contains(says, answer.Json["title"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static void AssertInvalid(Answer answer, string path, string says)
    {
        AssertProblem(answer, HttpStatusCode.BadRequest, "The request is invalid");
        Assert.Contains(path, Errors(answer).Select(error => error.Key));
        Assert.Contains(says, Errors(answer)[path]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static JsonObject Errors(Answer answer) => answer.Json["errors"]!.AsObject();

    private static string Time(string time) => $$"""{ "computer": "A", "alert": "Eicar", "time": "{{time}}" }""";

    private async Task AssertNothingRecordedAsync()
    {
        foreach (string table in (string[])["Work", "AlertTypes", "SystemEvents"])
        {
            Assert.Empty(await shared.Installation.RowsAsync(table));
        }
    }
}
