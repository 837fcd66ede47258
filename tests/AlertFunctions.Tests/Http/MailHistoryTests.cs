using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Http;

/// <summary>What became of mail, told from the system events that are written anyway.</summary>
public sealed class MailHistoryTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Fact]
    public async Task A_delivery_is_told_per_recipient_with_reply_attempt_and_Message_ID()
    {
        await PutUserAsync("hanako");
        await ReportAndMailAsync("端末A");

        JsonArray items = (await Product.GetAsync("/api/mail/history"))["items"]!.AsArray();

        Assert.Equal(["hanako hanako@example.com", " ops@example.com"], items.Select(item => $"{item!["user"]} {item["address"]}"));
        Assert.Equal(Smtp.Accepted.Select(mail => mail.MessageId), items.Select(item => item!["messageId"]!.GetValue<string>()));
        JsonNode first = items[0]!;
        Assert.Equal(("sent", "raised", "Eicar", 1, null), (Text(first, "outcome"), Text(first, "kind"), Text(first, "alert"), first["attempt"]!.GetValue<int>(), first["pattern"]));
        Assert.Equal("2026-11-24T02:00:00Z", Text(first, "time"));
        Assert.StartsWith("250", Text(first, "reply"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_recipient_failed_twice_and_was_then_given_up()
    {
        Smtp.On(SmtpStep.Recipient).Reply("550 5.1.1 no such user");
        await Product.ReportAsync("A");
        await Product.HandleAsync("compose|Eicar");
        for (int resend = 0; resend < 2; resend++)
        {
            Installation.Clock.Advance(TimeSpan.FromHours(1));
            await Product.SendAllDueAsync();
        }

        JsonArray items = (await Product.GetAsync("/api/mail/history"))["items"]!.AsArray();

        Assert.Equal(["givenUp 3 3", "failed 2 3", "failed 1 3"], items.Select(item => $"{item!["outcome"]} {item["attempt"]} {item["pattern"]}"));
        Assert.Equal([(null, "ops@example.com", "550 5.1.1 no such user")], items.Select(item => (item!["user"]?.ToString(), Text(item, "address"), Text(item, "reply"))).Distinct());
        Assert.Single(items.Select(item => Text(item!, "messageId")).Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_a_server_one_failure_stands_for_all_due_mail_and_nothing_else_is_told_as_mail()
    {
        Installation.Settings["Smtp:Server"] = "";
        ExpectFailingMail();
        await ReportAndMailAsync("A");
        await Product.Get<SystemEventStore>().AddAsync([SystemEvent.OfGivenUp("not about mail", "tests", Installation.Clock.GetUtcNow())], CancellationToken.None);

        JsonNode item = Assert.Single((await Product.GetAsync("/api/mail/history?alert=Eicar"))["items"]!.AsArray())!;

        Assert.Equal(("failed", null, null), (Text(item, "outcome"), item["address"], item["messageId"]));
        Assert.Single((await Product.GetAsync("/api/mail/history"))["items"]!.AsArray());
    }

    [Theory]
    [InlineData("", 4)]
    [InlineData("user=hanako", 2)]
    [InlineData("user=Hanako", 0)]
    [InlineData("address=HANAKO@example.com", 2)]
    [InlineData("address=%22hanako%22@example.com", 2)] // the same mailbox
    [InlineData("address=hanako", 0)]
    [InlineData("alert=Malware", 2)]
    [InlineData("computer=A", 2)]
    [InlineData("computer=a", 0)]
    [InlineData("computer=B&user=hanako", 1)]
    [InlineData("outcome=sent", 3)]
    [InlineData("outcome=failed", 1)]
    [InlineData("outcome=givenUp", 0)]
    [InlineData("from=2026-11-24T03:00:00Z", 2)]
    [InlineData("to=2026-11-24T03:00:00Z&alert=Eicar", 2)]
    public async Task The_history_is_filtered_on_every_size_of_page(string query, int expected)
    {
        await PutUserAsync("hanako");
        await ReportAndMailAsync("A");
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        Smtp.On(SmtpStep.Recipient, "hanako@example.com").Reply("550 5.1.1 no such user");
        await Product.ReportAsync("B", "Malware");
        await Product.HandleAsync("compose|Malware");

        Assert.Equal(expected, (await PagesAsync(query, 1)).Count);
        Assert.Equal(await PagesAsync(query, 1), await PagesAsync(query, 100));
    }

    [Fact]
    public async Task The_recipients_of_one_record_are_told_over_several_pages_each_once_and_each_page_costs_one_operation()
    {
        for (int i = 0; i < 30; i++)
        {
            await PutUserAsync($"user{i:00}");
        }

        await ReportAndMailAsync("A");
        List<string> all = await PagesAsync("", 1_000);
        Assert.Equal(31, all.Distinct(StringComparer.Ordinal).Count());
        foreach (int top in (int[])[1, 7, 25])
        {
            Product.Storage.ForgetCalls();
            Assert.Equal(all, await PagesAsync("", top));
            Assert.InRange(Product.Storage.Count(), 1, (31 / top) + 3 + 3); // one a page; for the last, and for the total, the rest of the first day, the days between, the last day
        }

        MailHistoryReader history = Product.Get<MailHistoryReader>();
        var every = new MailHistoryFilter(User: null, Address: null, Alert: null, Computer: null, Outcome: null);
        DateTimeOffset from = Installation.Clock.GetUtcNow().AddDays(-1);
        (_, string? next) = await history.ListAsync(from, to: null, every, 1, continuation: null, CancellationToken.None);
        foreach ((int limit, int? counted) in ((int, int?)[])[(31, 30), (30, 30), (29, null), (0, null)])
        {
            Assert.Equal(counted, await history.CountAsync(from, to: null, every, next!, limit, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_mail_with_a_hundred_long_names_is_recorded_with_as_many_of_them_as_there_is_room_for()
    {
        await Product.PostEventsAsync(new JsonArray([.. Enumerable.Range(0, 100).Select(number => (JsonNode)new JsonObject { ["computer"] = $"{number:00}{new string('語', 254)}", ["alert"] = "Eicar" })]).ToJsonString());
        await Product.WorkOffQueueAsync();

        Assert.Single(await PagesAsync($"computer={Uri.EscapeDataString($"00{new string('語', 254)}")}", 10));
        Assert.Empty(await PagesAsync($"computer={Uri.EscapeDataString($"99{new string('語', 254)}")}", 10));
    }

    [Theory]
    [InlineData("outcome=delivered", "outcome")]
    [InlineData("outcome=Sent", "outcome")]
    [InlineData("from=yesterday", "from")]
    [InlineData("top=0", "top")]
    [InlineData("user=%00", "user")]
    [InlineData("continuation=ICcgb3IgJycgZXEgJw", "continuation")] // a place without a total: ' or '' eq '
    public async Task A_wrong_query_parameter_is_named(string query, string parameter)
    {
        Answer answer = await Product.SendAsync("GET", $"/api/mail/history?{query}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal([parameter], answer.Json["errors"]!.AsObject().Select(error => error.Key));
    }

    [Theory]
    [InlineData(" 79738875|3155378975999999999|A#")]
    [InlineData(" 79738875|3155378975999999999|A#100")]
    [InlineData(" 79738875|3155378975999999999|A#-1")]
    [InlineData(" 79738875|3155378975999999999|A#1#1")]
    [InlineData(" A#1")]
    [InlineData("79738875|3155378975999999999|A#1")]
    [InlineData("-1 79738875|3155378975999999999|A#1")]
    [InlineData("many 79738875|3155378975999999999|A#1")]
    public async Task A_made_up_continuation_is_refused(string place)
    {
        string continuation = Convert.ToBase64String(Encoding.UTF8.GetBytes(place)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

        Assert.Equal(HttpStatusCode.BadRequest, (await Product.SendAsync("GET", $"/api/mail/history?continuation={continuation}")).Status);
    }

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    /// <summary>All items of all pages, after making sure that no page is larger than asked for and that each has their number.</summary>
    private async Task<List<string>> PagesAsync(string query, int top)
    {
        var items = new List<string>();
        var totals = new List<int>();
        for (string? continuation = ""; continuation is not null;)
        {
            JsonNode page = await Product.GetAsync($"/api/mail/history?{query}&top={top}&continuation={continuation}");
            Assert.InRange(page["items"]!.AsArray().Count, 0, top);
            items.AddRange(page["items"]!.AsArray().Select(item => $"{item!["time"]} {item["address"]} {item["mail"]}"));
            totals.Add(page["total"]!.GetValue<int>());
            continuation = page["continuation"]?.GetValue<string>();
        }

        Assert.Equal([items.Count], totals.Distinct());
        return items;
    }
}
