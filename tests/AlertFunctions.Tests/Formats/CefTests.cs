using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Formats;

/// <summary>What Deep Security Manager and its agents send to syslog in the Common Event Format.</summary>
public sealed class CefTests(AzuriteServer azurite) : FormatTest(azurite)
{
    private const string Text = "text/plain";
    private const string JsonLines = "application/x-ndjson";

    protected override string Folder => "DeepSecurity";

    [Fact]
    public async Task An_alert_that_the_manager_starts_is_mailed_once_and_cleared_when_it_ends()
    {
        JsonNode first = await PostAndMailAsync(Sample("alert-started.cef"), Text);
        JsonNode repeated = await PostAndMailAsync(Sample("alert-started.cef"), Text);
        JsonNode alert = await OutstandingAsync("New Pattern Update is Downloaded and Available", "web01");
        JsonNode ended = await PostAndMailAsync(Sample("alert-ended.cef"), Text);

        Assert.Equal([(1, 0, 0), (0, 1, 0), (1, 0, 0)], ((JsonNode[])[first, repeated, ended]).Select(CountsOf));
        Assert.Equal(("critical", "2026-11-24T01:17:30Z"), ((string?)alert["severity"], (string?)alert["raisedAt"]));
        Assert.Equal(["New Pattern Update is Downloaded and Available on web01"], Names(ended, "cleared"));
        Assert.Contains("New Pattern Update is Downloaded and Available", Assert.Single(Smtp.Accepted).Message.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_agents_detect_raises_an_alert_on_the_computer_where_it_arose()
    {
        JsonNode answer = await PostAsync(Sample("agents.cef"), "text/plain; charset=utf-8");

        Assert.Equal((4, 0, 0), CountsOf(answer));
        Assert.Equal(
            ["Eicar_test_file on web01", "Unsolicited UDP on workstation01", "WebReputation on hostname", "WordPress 'ProfilePress' Plugin Privilege Escalation Vulnerability (CVE-2021-34621) on 10.50.20.41"],
            Names(answer, "raised").Order(StringComparer.Ordinal));
        Assert.Equal("critical", (string?)(await OutstandingAsync("WordPress 'ProfilePress' Plugin Privilege Escalation Vulnerability (CVE-2021-34621)", "10.50.20.41"))["severity"]);
        JsonNode alert = await OutstandingAsync("Eicar_test_file", "web01");
        Assert.Equal(("warning", "Realtime"), ((string?)alert["severity"], (string?)alert["message"]));
        Assert.Contains(@"C:\\Users\\trend\\Desktop\\eicar.exe", (await Product.GetAsync("/api/alerts/detail?alert=Eicar_test_file&computer=web01")).ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(197)]
    [InlineData(198)]
    [InlineData(569)]
    [InlineData(191)]
    [InlineData(600)]
    public async Task Every_other_event_of_a_manager_is_recorded_and_raises_nothing_since_mail_about_mail_would_loop(int number)
    {
        string line = Sample("signed-in.cef").Replace("|600|", $"|{number}|", StringComparison.Ordinal);

        JsonNode answer = await PostAndMailAsync(line, Text);

        Assert.Equal((1, 0, 0), CountsOf(answer));
        Assert.Empty(Names(answer, "raised"));
        Assert.Equal((0, 1, 0), CountsOf(await PostAsync(line, Text)));
        Assert.Empty(Smtp.Accepted);
        Assert.Empty((await Product.GetAsync("/api/alert-types"))["items"]!.AsArray());
    }

    [Theory]
    [InlineData("dvchost=a dvc=192.0.2.1", "a")]
    [InlineData("dvc=192.0.2.1", "192.0.2.1")]
    [InlineData("dvchost=2001:db8::5", "2001:db8::5")]
    [InlineData("cs3= cs3Label=x", "relay")]
    public async Task The_line_names_the_computer_and_else_syslog_does(string fields, string computer) =>
        Assert.Equal([$"N on {computer}"], Names(await PostAsync($"<13>Nov  4 01:02:03 relay CEF:0|Trend Micro|Deep Security Agent|20|1|N|5|{fields}", Text), "raised"));

    [Theory]
    [InlineData("5", "warning")]
    [InlineData("7", "critical")]
    [InlineData("10", "critical")]
    [InlineData("High", "critical")]
    [InlineData("Medium", "warning")]
    [InlineData("Unknown", "warning")]
    public async Task From_seven_or_high_on_an_event_is_critical(string severity, string expected)
    {
        await PostAsync($"CEF:0|Trend Micro|Deep Security Agent|20|1|N|{severity}|dvchost=a", Text);

        Assert.Equal(expected, (string?)(await OutstandingAsync("N", "a"))["severity"]);
    }

    [Theory]
    [InlineData(@"CEF:0|v|p|1|1|a \| b \\ c|5|dvchost=a", @"a | b \ c", null)]
    [InlineData(@"CEF:0|v|p|1|1|N|5|dvchost=a msg=one\=1 two \\ three\nfour", "N", "one=1 two \\ three\nfour")]
    [InlineData("CEF:0|v|p|1|1|N|5|msg=signed in with =xyz | a dvchost=a", "N", "signed in with =xyz | a")]
    [InlineData("CEF:0|v|p|1|1|N|5|dvchost=a request=http://x/?a=b filePath=/etc/hosts act=Deny msg=", "N", "/etc/hosts Deny")]
    [InlineData("CEF:0|v|p|1|7|| 5 |dvchost=a act=Pass", "7", "Pass")]
    public async Task Bars_equals_signs_and_line_breaks_are_read_as_they_are_escaped(string line, string alert, string? message)
    {
        await PostAsync(line, Text);

        Assert.Equal(message, (string?)(await OutstandingAsync(alert, "a"))["message"]);
    }

    [Theory]
    [InlineData("rt=1795482000000", "2026-11-24T01:00:00Z")]
    [InlineData("rt=2026-11-24T00:30:00Z", "2026-11-24T00:30:00Z")]
    [InlineData("rt=soon", "2026-11-24T01:30:00Z")]
    [InlineData("rt=99999999999999999", "2026-11-24T01:30:00Z")]
    public async Task The_time_is_that_of_the_event_and_else_that_of_syslog_if_it_has_a_year(string field, string time)
    {
        await PostAsync($"2026-11-24T01:30:00Z relay CEF:0|v|p|1|1|N|5|dvchost=a {field}", Text);
        await PostAsync($"Nov 24 01:30:00 relay CEF:0|v|p|1|1|N|5|dvchost=b", Text);

        Assert.Equal(time, (string?)(await OutstandingAsync("N", "a"))["raisedAt"]);
        Assert.Equal("2026-11-24T02:00:00Z", (string?)(await OutstandingAsync("N", "b"))["raisedAt"]);
    }

    [Theory]
    [InlineData("""["{0}", { "message": "{0}" }, { "host": "x", "log": "{0}" }]""", "application/json")]
    [InlineData("\"{0}\"\n\n{ \"MESSAGE\": \"{0}\" }\r\n{ \"msg\": \"{0}\" }\n", JsonLines)]
    [InlineData("\"{0}\"\n{ \"MESSAGE\": \"{0}\" }\n{ \"msg\": \"{0}\" }", "application/jsonl")]
    public async Task Lines_may_come_in_JSON(string body, string contentType)
    {
        JsonNode answer = await PostBadAsync(body.Replace("{0}", "2026-11-24T01:30:00Z h CEF:0|v|p|1|1|N|5|dvchost=a", StringComparison.Ordinal), contentType);

        Assert.Equal(["N on a"], Names(answer, "raised"));
        Assert.Equal(0, CountsOf(answer).Rejected);
    }

    [Fact]
    public async Task A_bad_line_is_counted_and_recorded_while_the_others_are_recorded()
    {
        JsonNode answer = await PostAsync(
            "CEF:0|v|p|1|1|N|5|dvchost=good\nhello\n\nLEEF:2.0|Trend Micro|Deep Security Manager|11|851|cat=System\nCEF:0|v|p\nCEF:0|v|p|1|1|N|5|\nCEF:0|v|p|1|1|N|5|dvchost=ba\u0001d", Text);

        Assert.Equal((1, 0, 5), CountsOf(answer));
        Assert.Equal(
            [
                "line 2 is 'hello', but must be in the Common Event Format (CEF:0|…): choose CEF in the syslog configuration.",
                "line 4 is in the Log Event Extended Format, but must be in the Common Event Format: choose CEF in the syslog configuration.",
                "line 5 has 3 fields before its extension, but must have 7: CEF:0|vendor|product|version|signature|name|severity|extension.",
                "line 6 names no computer: it has no dvchost, dvc or target, and no host before CEF.",
                "line 7 The computer 'ba\uFFFDd' has a control character.",
            ],
            answer["reasons"]!.AsArray().Select(reason => $"{reason!["path"]} {reason["message"]}"));
        Assert.Contains("cef", (string?)Assert.Single(await Product.SystemEventsAsync(199, "en"))["target"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "computer": "a", "alert": "b" }""", Text)]
    [InlineData("""  [{ "computer": "a", "alert": "b" }]""", Text)]
    [InlineData("""{ "computer": "a", "alert": "b" }""", JsonLines)]
    public async Task Our_own_events_under_the_content_type_of_lines_are_refused_and_not_lost_as_bad_lines(string body, string contentType)
    {
        Answer answer = await SendBadAsync(body, contentType);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Status);
        Assert.Contains("must be application/json", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[7, \"\\ud800\", \"CEF:0\"]", 3)]
    [InlineData("\"CEF:0|v|p|1|1|N|5|dvchost=a\"\n{ \"a\": 1 }\n{", 2)]
    [InlineData("", 0)]
    public async Task A_value_without_a_line_is_a_bad_item(string body, int rejected) => Assert.Equal(rejected, CountsOf(await PostBadAsync(body, "application/json", "?format=cef")).Rejected);
}
