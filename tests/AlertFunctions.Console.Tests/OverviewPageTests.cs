using System.Globalization;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>How things stand, and what reading it costs.</summary>
public sealed class OverviewPageTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    [Fact]
    public async Task The_overview_counts_alerts_and_the_tab_shows_their_number()
    {
        await ReportAsync(
            new { computer = "pc-1", alert = "Eicar", severity = "critical" },
            new { computer = "pc-2", alert = "Eicar", severity = "critical" },
            new { computer = "pc-3", alert = "Disk", severity = "warning" });
        await Smtp.WaitForAsync(2);
        IPage page = await OpenAsync();

        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "2 Critical" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "1 Warning" })).ToBeVisibleAsync();
        await Expect(page).ToHaveTitleAsync("(3) Overview - AlertFunctions");
        await Expect(page.Locator("link[rel=icon]")).ToHaveAttributeAsync("href", Pattern("^data:image/svg"));

        await page.GetByRole(AriaRole.Link, new() { Name = "2 Critical" }).ClickAsync();
        await Expect(page.GetByText("2 in all")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_numbers_of_mail_lead_to_the_mail_of_today_that_they_count_in_whichever_zone_is_shown()
    {
        var tokyo = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo");
        Installation.Settings["Mail:TimeZone"] = tokyo.Id;
        await ReportAsync(new { computer = "pc-1", alert = "Eicar" });
        await Smtp.WaitForAsync(1);
        IPage page = await OpenAsync();
        await page.EvaluateAsync("localStorage.setItem('zone', 'utc')");
        await page.ReloadAsync();
        ILocator sent = page.GetByRole(AriaRole.Link, new() { Name = "1 Sent" });
        await ShowAsync(page, sent);

        await sent.ClickAsync();
        DateTime today = TimeZoneInfo.ConvertTime(DateTimeOffset.UtcNow, tokyo).Date;
        await Expect(page.GetByLabel("From (UTC)")).ToHaveValueAsync(TimeZoneInfo.ConvertTimeToUtc(today, tokyo).ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture));
        await Expect(page.GetByLabel("Outcome")).ToHaveValueAsync("sent");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "ops@example.com" })).ToBeVisibleAsync();

        await page.GoBackAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "0 Given up" }).ClickAsync();
        await Expect(page.GetByLabel("Outcome")).ToHaveValueAsync("givenUp");
        await Expect(page.GetByText("No mail matches in this period.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_figure_of_a_day_leads_to_its_system_events()
    {
        await ReportAsync(new { computer = "pc-1", alert = "Eicar" });
        IPage page = await OpenAsync();
        await page.GetByText("Figures").ClickAsync();
        ILocator figure = page.GetByRole(AriaRole.Table).GetByRole(AriaRole.Link, new() { Name = "1", Exact = true });
        await ShowAsync(page, figure);
        await figure.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Alert Started" })).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task The_first_steps_go_when_all_of_them_are_done()
    {
        IPage page = await OpenAsync();
        ILocator steps = page.GetByRole(AriaRole.Region, new() { Name = "First steps" });
        await Expect(steps.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "SMTP server" })).ToContainTextAsync("Done");
        await Expect(steps.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "first event" })).ToContainTextAsync("To do");

        await ReportAsync(new { computer = "pc-1", alert = "Eicar" });
        await Smtp.WaitForAsync(1);
        await RefreshAsync(page);
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "1 Sent" })).ToBeVisibleAsync();
        await Expect(steps).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_wall_board_shows_the_overview_alone()
    {
        IPage page = await OpenAsync("#/overview?wall=on");
        await Expect(page.GetByText("No alert is outstanding")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Navigation)).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Leave wall board" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Navigation)).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_tab_asks_for_the_overview_alone_while_nothing_changes_and_for_nothing_while_it_is_hidden()
    {
        IPage page = await OpenAsync(prepare: page => page.Clock.InstallAsync());
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "First steps" })).ToBeVisibleAsync(); // what is read last
        var asked = new List<IRequest>();
        page.Request += (_, request) => asked.Add(request);

        IResponse answer = await page.RunAndWaitForResponseAsync(() => page.Clock.RunForAsync(15_000), response => response.Url.EndsWith("/api/overview", StringComparison.Ordinal));
        Assert.NotNull(await answer.Request.HeaderValueAsync("If-None-Match"));
        Assert.Equal(304, answer.Status);
        Assert.Single(asked);

        await page.EvaluateAsync("Object.defineProperty(document, 'hidden', { configurable: true, get: () => true }); document.dispatchEvent(new Event('visibilitychange'))");
        await page.Clock.RunForAsync(600_000);
        Assert.Single(asked);

        await page.RunAndWaitForResponseAsync(
            () => page.EvaluateAsync("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))"), response => response.Url.EndsWith("/api/overview", StringComparison.Ordinal));
    }
}
