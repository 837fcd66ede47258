using System.Globalization;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>What the system did and could not do, found by number, level, time and text.</summary>
public sealed class SystemEventsPageTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    [Fact]
    public async Task System_events_are_filtered_by_number_and_text_and_level_and_the_address_has_the_filter()
    {
        IPage page = await OpenWithEventsAsync();
        await page.GetByLabel("Event").SelectOptionAsync("197 Alert Emails Sent");
        await Expect(Row(page, "Alert Started")).ToHaveCountAsync(0);
        await Expect(Row(page, "Alert Emails Sent")).ToHaveCountAsync(1);

        await page.ReloadAsync();
        await Expect(page.GetByLabel("Event")).ToHaveValueAsync("197");
        await Expect(Row(page, "Alert Emails Sent")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Button, new() { Name = "Reset filter" }).ClickAsync();
        await page.GetByLabel("Text").FillAsync("WEB01");
        await Expect(Row(page, "Alert Started")).ToHaveCountAsync(1);
        await page.GetByLabel("Text").FillAsync("");
        await page.GetByLabel("Level").SelectOptionAsync("Error");
        await Expect(page.GetByText("No system event matches.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_time_is_given_in_the_zone_that_is_shown()
    {
        Installation.Settings["Mail:TimeZone"] = "Asia/Tokyo";
        IPage page = await OpenWithEventsAsync();
        string anHourAgo = TimeZoneInfo.ConvertTime(DateTimeOffset.UtcNow.AddHours(-1), TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo")).ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);

        // In UTC the same hands of a clock would be in eight hours.
        await page.GetByLabel("To (Asia/Tokyo)").FillAsync(anHourAgo);
        await Expect(page.GetByText("No system event matches.")).ToBeVisibleAsync();
        await page.GetByLabel("To (Asia/Tokyo)").FillAsync("");
        await Expect(Row(page, "Alert Started")).ToHaveCountAsync(1);
        await page.GetByLabel("From (Asia/Tokyo)").FillAsync(anHourAgo);
        await Expect(page.GetByText("Without a start time, the last 30 days are shown.")).ToHaveCountAsync(0);
        await Expect(Row(page, "Alert Started")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_system_event_is_told_in_the_reader_s_language_with_all_that_is_recorded_of_it()
    {
        IPage page = await OpenWithEventsAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Display" }).ClickAsync();
        await page.GetByLabel("Language").SelectOptionAsync("日本語");
        await page.GetByRole(AriaRole.Button, new() { Name = "アラートメールの送信" }).PressAsync("Enter");
        ILocator details = page.GetByRole(AriaRole.Dialog, new() { Name = "197 アラートメールの送信" });
        await Expect(details).ToContainTextAsync("次のユーザにアラートメールが送信されました: ops@example.com");
        await Expect(details).ToContainTextAsync("messageIds");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "アラートメールの送信" })).ToBeFocusedAsync();
    }

    [Fact]
    public async Task The_download_has_every_system_event_that_matches_in_the_reader_s_language()
    {
        IPage page = await OpenWithEventsAsync();

        // Pages as small as the first that the API gives when it is asked for no other.
        await page.RouteAsync("**/api/system-events?*", route => route.ContinueAsync(new() { Url = route.Request.Url.Replace("top=1000", "top=1", StringComparison.Ordinal) }));
        IDownload download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download CSV" }).ClickAsync());
        string[] lines = await File.ReadAllLinesAsync(await download.PathAsync());
        Assert.Single(lines, line => line.StartsWith("time,id,level,name", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(",190,information,Alert Started,", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(",197,information,Alert Emails Sent,", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_says_of_how_many_it_is_and_where_they_were_not_counted_that_there_are_more()
    {
        IPage page = await OpenWithEventsAsync();
        bool counted = true;
        await page.RouteAsync("**/api/system-events?*", async route =>
        {
            IAPIResponse answer = await route.FetchAsync(new() { Url = route.Request.Url.Replace("top=1000", "top=1", StringComparison.Ordinal) });
            string body = await answer.TextAsync();
            Assert.Contains("\"total\":2", body, StringComparison.Ordinal);
            await route.FulfillAsync(new() { Response = answer, Body = counted ? body : body.Replace("\"total\":2", "\"total\":null", StringComparison.Ordinal) });
        });
        await ShowAsync(page, page.GetByText("1 of 2", new() { Exact = true }));

        counted = false; // as when counting takes too long
        await ShowAsync(page, page.GetByText("1 so far", new() { Exact = true }));
    }

    private static ILocator Row(IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private async Task<IPage> OpenWithEventsAsync()
    {
        await ReportAsync(new { computer = "web01", alert = "Eicar", severity = "critical" });
        await Smtp.WaitForAsync(1);
        IPage page = await OpenAsync("#/system-events");
        await ShowAsync(page, Row(page, "Alert Emails Sent"));
        return page;
    }
}
