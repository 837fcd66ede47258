using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>The outstanding alerts: filters, selection, clearing, and what stays as it is when they are read again.</summary>
public sealed class AlertsPageTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    [Fact]
    public async Task A_filter_lives_in_the_address()
    {
        await ReportSomeAsync();
        IPage page = await OpenAsync("#/alerts?view=list");
        await page.GetByLabel("Severity").SelectOptionAsync("warning");
        await Expect(page).ToHaveURLAsync(Pattern("severity=warning"));
        await Expect(page.GetByText("2 in all")).ToBeVisibleAsync();

        await page.ReloadAsync();
        await Expect(page.GetByText("2 in all")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Severity")).ToHaveValueAsync("warning");

        await page.GetByRole(AriaRole.Button, new() { Name = "Reset filter" }).ClickAsync();
        await Expect(page.GetByText("5 in all")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task More_of_a_list_costs_the_next_page_alone_and_all_that_was_loaded_is_read_again_when_something_has_changed()
    {
        await ReportSomeAsync();
        var asked = new List<string>();
        IPage page = await OpenAsync("#/alerts?view=list", prepare: async page =>
        {
            await page.Clock.InstallAsync(); // so that no poll comes between
            await page.RouteAsync("**/api/alerts?*", route =>
            {
                asked.Add(route.Request.Url);
                return route.ContinueAsync(new() { Url = route.Request.Url.Replace("top=1000", "top=2", StringComparison.Ordinal) });
            });
        });
        await Expect(page.GetByText("2 of 5")).ToBeVisibleAsync();
        ILocator more = page.GetByRole(AriaRole.Button, new() { Name = "Show more" });
        await more.ClickAsync();
        await Expect(page.GetByText("4 of 5")).ToBeVisibleAsync();
        await more.ClickAsync();
        await Expect(page.GetByText("5 in all")).ToBeVisibleAsync();
        Assert.Equal([false, true, true], asked.Select(address => address.Contains("continuation=", StringComparison.Ordinal)));

        await ReportAsync(new { computer = "pc-new", alert = "Eicar" });
        await ShowAsync(page, page.GetByText("6 in all"));
    }

    [Fact]
    public async Task All_that_match_are_cleared_after_their_number_is_confirmed()
    {
        await ReportSomeAsync();
        IPage page = await OpenAsync("#/alerts?view=list&severity=warning");
        await page.GetByRole(AriaRole.Button, new() { Name = "Clear all that match (2)" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Clear 2 alert(s)?");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Clear 2 alert(s)" }).ClickAsync();
        await Expect(page.GetByText("2 alert(s) cleared.")).ToBeVisibleAsync();
        await Expect(page.GetByText("No outstanding alert matches.")).ToBeVisibleAsync();
        Assert.Equal(3, (await GetAsync("/api/alerts"))["total"]!.GetValue<int>());
    }

    [Fact]
    public async Task Those_that_are_selected_are_cleared_and_no_others()
    {
        await ReportSomeAsync();
        IPage page = await OpenAsync("#/alerts?view=list");
        await page.GetByLabel("Select Eicar, pc-1").CheckAsync();
        await page.GetByLabel("Select Eicar, pc-2").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Clear 2 selected" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Clear 2 alert(s)" }).ClickAsync();
        await Expect(page.GetByText("3 in all")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Select Eicar, pc-3")).Not.ToBeCheckedAsync();
    }

    [Fact]
    public async Task Alerts_are_seen_by_computer_as_well()
    {
        await ReportSomeAsync();
        IPage page = await OpenAsync("#/alerts");
        await page.GetByRole(AriaRole.Link, new() { Name = "By computer" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "pc-1", Exact = true }).ClickAsync();
        await Expect(page.GetByText("2 in all")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_read_key_sees_everything_and_its_controls_say_that_it_changes_nothing()
    {
        await ReportSomeAsync();
        IPage page = await OpenAsync("#/alerts?view=list", ReadKey);
        ILocator clear = page.GetByRole(AriaRole.Button, new() { Name = "Clear all that match (5)" });
        await Expect(clear).ToHaveAttributeAsync("aria-disabled", "true");
        await Expect(clear).ToHaveAttributeAsync("title", "This key may only read. Sign in with a key that may make changes.");
        await clear.ClickAsync(new() { Force = true });
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_focus_the_place_and_an_open_dialog_survive_a_refresh()
    {
        await ReportSomeAsync();
        IPage page = await OpenAsync("#/alerts?view=list&sort=computer");
        ILocator link = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "pc-3" }).GetByRole(AriaRole.Link, new() { Name = "Eicar" });
        await link.FocusAsync();
        await ReportAsync(new { computer = "pc-0", alert = "Eicar" });
        await RefreshAsync(page);
        await Expect(page.GetByText("6 in all")).ToBeVisibleAsync();
        await Expect(link).ToBeFocusedAsync();

        await page.GetByRole(AriaRole.Row).Filter(new() { HasText = "pc-3" }).GetByRole(AriaRole.Button).ClickAsync();
        await page.GetByLabel("Note").FillAsync("half a senten");
        await ReportAsync(new { computer = "pc-00", alert = "Eicar" });
        await RefreshAsync(page);
        await Expect(page.GetByText("7 in all")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Note")).ToHaveValueAsync("half a senten");
        await Expect(page.GetByLabel("Note")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task The_focus_goes_to_the_row_in_the_place_of_one_that_was_cleared()
    {
        await ReportSomeAsync();
        IPage page = await OpenAsync("#/alerts?view=list&alert=Eicar&sort=computer");
        await page.GetByRole(AriaRole.Button, new() { Name = "Clear Eicar on pc-2?" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByLabel("Note")).ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Clear 1 alert(s)" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("2 in all")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Clear Eicar on pc-3?" })).ToBeFocusedAsync();
    }

    [Fact]
    public async Task The_arrow_keys_move_from_row_to_row_and_to_rows_that_are_out_of_view()
    {
        await ReportAsync([.. Enumerable.Range(0, 300).Select(number => new { computer = $"pc-{number:000}", alert = "Eicar" })]);
        IPage page = await OpenAsync("#/alerts?view=list&sort=computer");
        await page.GetByRole(AriaRole.Link, new() { Name = "pc-000" }).FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "pc-001" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "pc-299" })).ToBeFocusedAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "pc-299" })).ToBeInViewportAsync();
        Assert.InRange(await page.Locator("tr[data-index]").CountAsync(), 1, 100);
    }

    [Theory]
    [InlineData("ArrowDown", "pc-001")]
    [InlineData("End", "pc-299")]
    public async Task A_key_that_moves_to_a_row_has_done_so_before_the_next_key(string key, string computer)
    {
        await ReportAsync([.. Enumerable.Range(0, 300).Select(number => new { computer = $"pc-{number:000}", alert = "Eicar" })]);
        IPage page = await OpenAsync("#/alerts?view=list&sort=computer");
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Select Eicar, pc-000" }).FocusAsync();
        string focused = await page.EvaluateAsync<string>(
            """
            async key => {
              document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
              await null; // what the event left to do before the next one
              return document.activeElement.getAttribute('aria-label');
            }
            """,
            key);
        Assert.Equal($"Select Eicar, {computer}", focused);
    }

    [Fact]
    public async Task Script_in_every_name_and_text_is_shown_and_does_not_run()
    {
        const string Script = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>{{7*7}}${7*7}";
        await ReportAsync(new { computer = Script, alert = Script, message = Script });
        foreach (string view in (string[])["types", "list", "computers"])
        {
            IPage page = await OpenAsync($"#/alerts?view={view}");
            await Expect(page.GetByRole(AriaRole.Link, new() { Name = Script }).First).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Link, new() { Name = Script }).First.ClickAsync();
            await Expect(page.GetByText(Script).Locator("visible=true").First).ToBeVisibleAsync();
            Assert.DoesNotContain("run", await page.TitleAsync(), StringComparison.Ordinal);
            Assert.Equal(0, await page.Locator("img, body script").CountAsync());
        }
    }

    /// <summary>Three critical alerts and two warnings.</summary>
    private async Task ReportSomeAsync() => await ReportAsync(
        new { computer = "pc-1", alert = "Eicar", severity = "critical" },
        new { computer = "pc-2", alert = "Eicar", severity = "critical" },
        new { computer = "pc-3", alert = "Eicar", severity = "critical" },
        new { computer = "pc-1", alert = "Disk", severity = "warning" },
        new { computer = "pc-4", alert = "Disk", severity = "warning" });
}
