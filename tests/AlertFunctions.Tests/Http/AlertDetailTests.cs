using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Http;

/// <summary><c>/api/alerts/detail</c>: one alert with all that happened to it.</summary>
public sealed class AlertDetailTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const string Path = "/api/alerts/detail?alert=Eicar&computer=A&culture=en";

    [Fact]
    public async Task The_timeline_tells_events_raise_each_recipients_outcome_of_each_mail_and_the_clear_newest_first()
    {
        await PutUserAsync("hanako");
        Smtp.On(SmtpStep.Recipient, "hanako@example.com").Reply("550 5.1.1 no such user");
        await ReportAndMailAsync("A", message: "Eicar_test_file");
        await ReportAndMailAsync("B");
        Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        await ClearAsync();

        JsonNode detail = await Product.GetAsync(Path);

        List<string> moments = Moments(detail);
        Assert.Equal(["cleared ops: removed", "raised", "event Eicar_test_file"], moments.Where(moment => !moment.StartsWith("mail", StringComparison.Ordinal)));
        Assert.Equal(["mail failed hanako@example.com", "mail sent ops@example.com"], moments[1..3].Order(StringComparer.Ordinal));
        Assert.Equal((false, "2026-11-24T02:00:00Z"), (detail["outstanding"]!.GetValue<bool>(), detail["raisedAt"]!.GetValue<string>()));
        Assert.Contains("no such user", detail["timeline"]!.AsArray().Select(moment => (string?)moment!["mail"]?["reply"]).Single(reply => reply?.StartsWith("550", StringComparison.Ordinal) == true), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recipient_who_was_given_up_is_in_the_timeline_with_each_attempt()
    {
        Smtp.On(SmtpStep.Recipient).Reply("550 5.1.1 no such user");
        ExpectFailingMail();
        await ReportAndMailAsync("A");
        for (int resend = 1; resend <= 2; resend++)
        {
            Installation.Clock.Advance(TimeSpan.FromHours(1));
            await Product.SendAllDueAsync();
        }

        Assert.Equal(["mail givenUp ops@example.com", "mail failed ops@example.com", "mail failed ops@example.com", "raised", "event "], Moments(await Product.GetAsync(Path)));
    }

    [Fact]
    public async Task A_raise_after_a_clear_is_outstanding_again_with_both_in_its_timeline()
    {
        await ReportAndMailAsync("A");
        await ClearAsync();
        Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        await ReportAndMailAsync("A");

        JsonNode detail = await Product.GetAsync(Path);

        Assert.Equal((true, "2026-11-24T02:01:00Z"), (detail["outstanding"]!.GetValue<bool>(), detail["raisedAt"]!.GetValue<string>()));
        Assert.Equal(["raised", "cleared ops: removed", "raised"], Moments(detail).Where(moment => moment.Contains("ed", StringComparison.Ordinal) && !moment.StartsWith("mail", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_alert_is_found_within_the_retention_of_events_after_its_clear_and_not_longer()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await Product.SendAsync("GET", Path)).Status);
        await ReportAndMailAsync("A");
        await ClearAsync();

        Installation.Clock.Advance(TimeSpan.FromDays(89));
        Assert.Equal(HttpStatusCode.OK, (await Product.SendAsync("GET", Path)).Status);
        Installation.Clock.Advance(TimeSpan.FromDays(2));
        Answer gone = await Product.SendAsync("GET", Path);

        Assert.Equal((HttpStatusCode.NotFound, "notFound"), (gone.Status, gone.Json["code"]!.GetValue<string>()));
        Assert.Contains("90 days", gone.Json["title"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private async Task ClearAsync()
    {
        Answer answer = await Product.SendAsync("POST", "/api/alerts/clear", """{ "items": [ { "alert": "Eicar", "computer": "A" } ], "note": "removed", "by": "ops" }""");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        await Product.WorkOffQueueAsync();
    }

    private static List<string> Moments(JsonNode detail) => [.. detail["timeline"]!.AsArray().Select(moment => (string)moment!["kind"]! switch
    {
        "event" => $"event {moment["event"]!["message"]}",
        "mail" => $"mail {moment["mail"]!["outcome"]} {moment["mail"]!["address"]}",
        "cleared" => $"cleared {moment["by"]}: {moment["note"]}",
        string kind => kind,
    })];
}
