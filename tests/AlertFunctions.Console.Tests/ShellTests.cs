using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>The frame of every page: banner, switches, and what is shown when the server or its storage does not answer.</summary>
public sealed class ShellTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    private const string Failing = "Mail has been failing since";

    [Fact]
    public async Task Failing_mail_is_told_on_every_page_and_at_the_sign_in_until_mail_is_delivered_again()
    {
        await Smtp.StopAsync();
        await ReportAsync(new { computer = "pc-1", alert = "Eicar" });
        await Log.WaitForAsync(201);
        IPage page = await OpenAsync("#/alerts");
        await Expect(page.GetByText(Failing)).ToBeVisibleAsync();
        IPage stranger = await OpenAsync(key: null);
        await Expect(stranger.GetByText(Failing)).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "See the mail queue" }).ClickAsync();
        await Smtp.StartAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Attempt all now" }).ClickAsync();
        await Smtp.WaitForAsync(1);
        await RefreshAsync(page);
        await Expect(page.GetByText(Failing)).ToHaveCountAsync(0);
        await Expect(page.GetByText("No mail is waiting.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_page_s_heading_and_the_key_field_have_the_focus_before_the_next_key()
    {
        IPage page = await OpenAsync("#/alerts");
        await SettleAsync(page);

        string heading = await page.EvaluateAsync<string>(
            """
            () => new Promise(resolve => {
              addEventListener('hashchange', () => queueMicrotask(() => resolve(document.activeElement.innerText)), { once: true });
              location.hash = '#/system-events';
            })
            """);
        string field = await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).EvaluateAsync<string>("async button => { button.click(); await null; return document.activeElement.name; }");

        Assert.Equal(("System events", "key"), (heading, field));
    }

    [Fact]
    public async Task Nobody_who_receives_mail_is_told_on_every_page()
    {
        Installation.Settings["Mail:AlertEmailAddress"] = "";
        IPage page = await OpenAsync("#/system-events");
        await Expect(page.GetByText("Nobody receives alert mail.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task While_the_server_does_not_answer_the_last_state_stays_greyed_with_its_time()
    {
        await ReportAsync(new { computer = "pc-1", alert = "Eicar" });
        IPage page = await OpenAsync("#/alerts");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Eicar" })).ToBeVisibleAsync();

        await page.Context.SetOfflineAsync(true);
        await RefreshAsync(page);
        await Expect(page.GetByText("This is the state as of")).ToBeVisibleAsync();
        await Expect(page.Locator(".stale").GetByRole(AriaRole.Link, new() { Name = "Eicar" })).ToBeVisibleAsync();

        await page.Context.SetOfflineAsync(false);
        await page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await Expect(page.GetByText("This is the state as of")).ToHaveCountAsync(0);
        await Expect(page.Locator(".stale")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Storage_that_is_down_is_explained_and_the_last_state_stays()
    {
        await ReportAsync(new { computer = "pc-1", alert = "Eicar" });
        IPage page = await OpenAsync("#/alerts");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Eicar" })).ToBeVisibleAsync();
        await page.RouteAsync("**/api/*", route => route.FulfillAsync(new()
        {
            Status = 503,
            ContentType = "application/problem+json",
            Body = """{ "title": "Storage does not answer.", "status": 503, "code": "storageUnavailable" }""",
        }));
        await RefreshAsync(page);
        await Expect(page.GetByText("Storage does not answer. Nothing is lost; this page tries again by itself.")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Eicar" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_language_follows_the_browser_and_the_readers_choice_is_kept()
    {
        IPage page = await OpenAsync(look: Look.Default with { Language = "ja" });
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "概況" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "表示設定" }).ClickAsync();
        await page.GetByLabel("言語").SelectOptionAsync("en");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();
        await page.ReloadAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();
        await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "en");
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ja")]
    public async Task The_pages_and_the_readers_choices_stand_in_one_row_of_a_small_notebook(string language)
    {
        await ReportAsync([.. Enumerable.Range(0, 120).Select(number => new { computer = $"pc-{number}", alert = "Eicar" })]);
        await WaitingMail.AddAsync(Installation, 100, _ => "Connection refused");
        IPage page = await OpenAsync(key: ReadKey, look: Look.Default with { Language = language });
        await Expect(page.Locator(".bar .count")).ToHaveCountAsync(2);
        double[] middles = await page.Locator(".bar .name, .bar nav a, .bar .session > :not([popover])").EvaluateAllAsync<double[]>(
            "elements => elements.map(element => element.getBoundingClientRect()).map(place => place.top + place.height / 2)");
        Assert.InRange(middles.Max() - middles.Min(), 0, 5);
    }

    [Fact]
    public async Task Times_are_shown_in_the_zone_of_choice_with_their_offset()
    {
        Installation.Settings["Mail:TimeZone"] = "Asia/Tokyo";
        await ReportAsync(new { computer = "pc-1", alert = "Eicar" });
        IPage page = await OpenAsync("#/alerts?view=list");
        ILocator time = page.Locator("td time");
        await Expect(time).ToContainTextAsync("GMT+9");
        await page.GetByRole(AriaRole.Button, new() { Name = "Display" }).ClickAsync();
        await page.GetByLabel("Time zone").SelectOptionAsync("browser");
        await Expect(time).ToContainTextAsync(Pattern("GMT.[45]"));
        await page.GetByLabel("Time zone").SelectOptionAsync("utc");
        await Expect(time).ToHaveTextAsync(Pattern("GMT(\\+0)?$|UTC$"));
    }

    [Fact]
    public async Task A_page_that_is_not_there_says_so_and_an_unknown_address_stays_a_404()
    {
        IPage page = await OpenAsync("#/nothing");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No such page" })).ToBeVisibleAsync();
        foreach (string address in (string[])["/nothing", "/api/nothing"])
        {
            using HttpResponseMessage answer = await Http.GetAsync(new Uri(address, UriKind.Relative));
            Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        }
    }

    [Fact]
    public async Task Nothing_from_elsewhere_runs_in_the_console_and_no_text_becomes_markup()
    {
        await StartAsync();
        foreach (string file in (string[])["/", "/app.js", "/styles/tokens.css", "/texts/ja.json"])
        {
            using HttpResponseMessage answer = await Http.GetAsync(new Uri(file, UriKind.Relative));
            string policy = string.Join(' ', answer.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("require-trusted-types-for 'script'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", string.Join(' ', answer.Headers.GetValues("X-Content-Type-Options")));
        }
    }
}
