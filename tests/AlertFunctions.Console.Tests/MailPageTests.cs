using System.Globalization;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>The queue, what became of the rest, and "attempt now". Nothing here deletes mail (S9).</summary>
public sealed class MailPageTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    private const string Down = "Connection refused";

    /// <summary>The number of the log entry that mail is failing.</summary>
    private const int MailFailing = 201;

    [Fact]
    public async Task Mail_that_fails_is_announced_and_waits_with_a_countdown_and_leaves_when_it_is_attempted_and_the_server_is_back()
    {
        await Smtp.StopAsync();
        IPage page = await OpenAsync("#/mail");
        await Expect(page.GetByText("No mail is waiting.", new() { Exact = true })).ToBeVisibleAsync();
        await ReportAsync(new { computer = "web01", alert = "Eicar", severity = "critical" });
        await ShowAsync(page, page.GetByText("Mail has been failing since"));
        ILocator group = page.GetByRole(AriaRole.Region, new() { Name = "1 recipient(s) Pattern 1: the server cannot be reached" });
        await Expect(group).ToContainTextAsync("∞");
        ILocator countdown = group.GetByRole(AriaRole.Definition).Filter(new() { HasTextRegex = Pattern(@"^in \d+:\d\d$") });
        string before = (await countdown.First.TextContentAsync())!;
        await Expect(countdown.First).Not.ToHaveTextAsync(before);

        await Smtp.StartAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Attempt all now" }).ClickAsync();
        await Expect(page.GetByText("1 of 1 attempted.")).ToBeVisibleAsync();
        await Expect(page.GetByText("1 left the queue, 0 failed again.")).ToBeVisibleAsync();
        await Expect(page.GetByText("No mail is waiting.", new() { Exact = true })).ToBeVisibleAsync();
        Assert.Equal("ops@example.com", Assert.Single(await Smtp.WaitForAsync(1)).Recipient);
    }

    [Fact]
    public async Task Attempting_mail_while_the_server_is_still_down_shows_that_it_failed_again()
    {
        await Smtp.StopAsync();
        await ReportAsync(new { computer = "web01", alert = "Eicar" });
        await Log.WaitForAsync(MailFailing);
        IPage page = await OpenAsync("#/mail");
        await ShowAsync(page, page.GetByText("Pattern 1"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Attempt all now" }).PressAsync("Enter");

        await Expect(page.GetByText("0 left the queue, 1 failed again.")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region).GetByRole(AriaRole.Cell, new() { Name = "2", Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Recipients_that_fail_alike_are_one_group_whatever_their_addresses_and_the_filter_lives_in_the_address()
    {
        await StartAsync();
        await WaitingMail.AddAsync(Installation, 12, address => $"451 4.7.1 <{address}>: greylisted, try again in {address.Length} seconds");
        await ReportAsync(new { computer = "web01", alert = "Eicar" });
        await Smtp.WaitForAsync(1);
        IPage page = await OpenAsync("#/mail");

        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "12 recipient(s)" })).ToHaveAttributeAsync("aria-expanded", "true");
        await page.GetByLabel("Subject, recipient or reply").FillAsync("user1@");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "1 recipient(s)", Exact = true })).ToBeVisibleAsync();
        await Expect(page).ToHaveURLAsync(Pattern("search=user1%40"));
        await page.ReloadAsync();
        await Expect(page.GetByLabel("Subject, recipient or reply")).ToHaveValueAsync("user1@");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "user1@example.com" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_refused_recipient_has_re_sends_left_and_is_given_up_after_two_and_its_story_says_so()
    {
        Installation.Settings["Smtp:Server"] = string.Create(CultureInfo.InvariantCulture, $"{ScriptedSmtpServer.Host}:{Installation.Smtp.Port}");
        Installation.Smtp.On(SmtpStep.Recipient).Reply("550 5.1.1 no such user");
        await ReportAsync(new { computer = "web01", alert = "Eicar" });
        IPage page = await OpenAsync("#/mail");
        await ShowAsync(page, page.GetByText("Pattern 3: the mail or its recipient is refused"));
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Pattern 3: the mail or its recipient is refused" })).ToContainTextAsync("550 5.1.1 no such user");
        ILocator left = page.GetByRole(AriaRole.Region).GetByRole(AriaRole.Cell).And(page.Locator("[data-name=resendsLeft]"));
        await Expect(left).ToHaveTextAsync("2");

        ILocator attempt = page.GetByRole(AriaRole.Button, new() { Name = "Attempt all now" });
        await Installation.MakeAllMailDueAsync();
        await attempt.ClickAsync();
        await Expect(left).ToHaveTextAsync("1");
        await Installation.MakeAllMailDueAsync();
        await attempt.ClickAsync();
        await Expect(page.GetByText("No mail is waiting.", new() { Exact = true })).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Sent and given up" }).ClickAsync();
        await page.GetByLabel("Outcome").SelectOptionAsync("Given up");
        await ShowAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "ops@example.com" }));
        await page.GetByRole(AriaRole.Button, new() { Name = "ops@example.com" }).ClickAsync();
        ILocator story = page.GetByRole(AriaRole.Dialog, new() { Name = "ops@example.com" });
        await Expect(story).ToContainTextAsync("after the third refusal; it is not re-sent.");
        await Expect(story.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "550 5.1.1 no such user" }).Nth(2)).ToBeVisibleAsync(); // a flush may have added attempts that do not count
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "ops@example.com" })).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Past_mail_answers_whether_a_person_got_it_and_what_became_of_an_alert_s_mail()
    {
        await ReportAsync(new { computer = "web01", alert = "Eicar" }, new { computer = "web02", alert = "Disk" });
        await Smtp.WaitForAsync(2);
        IPage page = await OpenAsync("#/mail?view=history&alert=Eicar&computer=web01");
        await ShowAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "ops@example.com" }));
        await page.GetByRole(AriaRole.Button, new() { Name = "ops@example.com" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("The SMTP server accepted it on ");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Message-ID: ");
    }

    [Fact]
    public async Task A_read_key_sees_the_queue_and_is_told_that_it_cannot_attempt_it()
    {
        await StartAsync();
        await WaitingMail.AddAsync(Installation, 1, _ => Down);
        IPage page = await OpenAsync("#/mail", ReadKey);
        await Expect(page.GetByText("user0@example.com")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Main).GetByText("This key may only read.")).ToBeVisibleAsync();
        ILocator attempt = page.GetByRole(AriaRole.Button, new() { Name = "Attempt all now" });
        await Expect(attempt).ToBeDisabledAsync();
        await attempt.ClickAsync(new() { Force = true });
        await Expect(page.Locator(".mail-progress")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Nothing_deletes_mail_and_the_page_says_why()
    {
        await StartAsync();
        await WaitingMail.AddAsync(Installation, 1, _ => Down);
        IPage page = await OpenAsync("#/mail");
        await Expect(page.GetByText("Mail cannot be deleted, and the hour between re-sends cannot be changed")).ToBeVisibleAsync();
        await Expect(page.GetByText("there are no templates")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = Pattern("[Dd]elete|[Rr]emove") })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Script_in_names_and_replies_stays_text()
    {
        const string Script = "<img src=x onerror=\"window.ran=1\"><script>window.ran=1</script>";
        await StartAsync();
        await WaitingMail.AddAsync(Installation, 2, _ => $"550 {Script}");
        await ReportAsync(new { computer = Script, alert = Script, message = Script });
        await Smtp.WaitForAsync(1);
        IPage page = await OpenAsync("#/mail");
        await Expect(page.GetByText($"550 {Script}").First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "user1@example.com" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync(Script);
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Link, new() { Name = "Sent and given up" }).ClickAsync();
        await ShowAsync(page, page.GetByText($"Raised: {Script}").First);
        Assert.False(await page.EvaluateAsync<bool>("'ran' in window"));
    }

    [Fact]
    public async Task While_the_server_does_not_answer_the_last_state_is_greyed_and_its_time_is_said()
    {
        await StartAsync();
        await WaitingMail.AddAsync(Installation, 1, _ => Down);
        IPage page = await OpenAsync("#/mail");
        await Expect(page.GetByText("user0@example.com")).ToBeVisibleAsync();
        await page.RouteAsync("**/api/**", route => route.AbortAsync());
        await RefreshAsync(page);

        await Expect(page.GetByText("This is the state as of")).ToBeVisibleAsync();
        await Expect(page.Locator(".stale").GetByText("user0@example.com")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Attempt all now" }).ClickAsync();
        await Expect(page.Locator(".toast.failed")).ToContainTextAsync("The server does not answer.");

        await page.UnrouteAllAsync();
        await RefreshAsync(page);
        await Expect(page.Locator(".stale")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Focus_and_place_stay_when_the_queue_is_read_again()
    {
        await StartAsync();
        await WaitingMail.AddAsync(Installation, 120, _ => Down);
        IPage page = await OpenAsync("#/mail");
        await Expect(page.GetByText("120 recipient(s), 120 mail(s)", new() { Exact = true })).ToBeVisibleAsync(); // the first hundred are shown before
        await page.GetByRole(AriaRole.Button, new() { Name = "user0@example.com" }).PressAsync("End");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "user119@example.com" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("ArrowUp");
        ILocator row = page.GetByRole(AriaRole.Button, new() { Name = "user118@example.com" });
        await Expect(row).ToBeFocusedAsync();
        double place = await page.EvaluateAsync<double>("scrollY");
        Assert.True(place > 0);
        await WaitingMail.AddAsync(Installation, 1, _ => "something else");
        Task<IResponse> read = page.WaitForResponseAsync(Pattern("/api/mail\\?.*continuation="));
        await RefreshAsync(page);
        await read;
        await Expect(page.GetByText("121 recipient(s), 121 mail(s)")).ToHaveCountAsync(1);
        await Expect(row).ToBeFocusedAsync();
        Assert.Equal(place, await page.EvaluateAsync<double>("scrollY"));
    }

    /// <summary>Measures the time of the machine, so it runs by night, when the machine does nothing else.</summary>
    [Fact(Explicit = true)]
    [Trait("Category", "Nightly")]
    public async Task Five_thousand_waiting_mails_are_shown_at_once_and_scroll_smoothly()
    {
        await StartAsync();
        await WaitingMail.AddAsync(Installation, 5_000, _ => Down);
        IPage page = await OpenAsync("#/mail");
        await Smoothness.AssertAsync(page, () => Expect(page.GetByText("5,000 recipient(s), 5,000 mail(s)", new() { Exact = true })).ToBeVisibleAsync());
    }
}
