using System.Net.Http.Json;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>Every page, dialog and menu, in both languages, both themes and both widths, by axe's rules for WCAG 2.2 AA. axe-core (MPL-2.0) is used here only and is not shipped.</summary>
public sealed class AccessibilityTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    private static readonly string s_axe = Repository.Read("node_modules/axe-core/axe.min.js");

    /// <summary>The pages with dialogs in which people edit, and how many of each page's buttons open one.</summary>
    private static readonly (string Address, int Dialogs)[] s_edited = [("#/alert-settings", 3), ("#/users", 2), ("#/scheduled-tasks", 1)];

    /// <summary>Each look in which all is checked: each language, theme and width with each of the others.</summary>
    public static TheoryData<string, string, int> Looks => new() { { "ja", "light", 1280 }, { "ja", "dark", 390 }, { "en", "light", 390 }, { "en", "dark", 1280 } };

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Every_page_is_accessible(string language, string theme, int width)
    {
        var look = new Look(language, theme, width);
        await ArrangeAsync();
        IPage page = await OpenAsync(look: look);
        foreach (string address in ConsolePages.All)
        {
            await GoAsync(page, address);
            await AssertAccessibleAsync(page, look);
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{address} is wider than the window ({look}).");
        }
    }

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Every_dialog_and_menu_is_accessible(string language, string theme, int width)
    {
        var look = new Look(language, theme, width);
        IPage page = await OpenAsync(look: look);
        foreach ((string address, int dialogs) in s_edited)
        {
            await GoAsync(page, address);
            for (int button = 0; button < dialogs; button++)
            {
                await page.Locator(".filters .beside button[aria-disabled], main > .toolbar button[aria-disabled]").Nth(button).ClickAsync();
                await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
                await AssertAccessibleAsync(page, look);
                await page.Keyboard.PressAsync("Escape");
                await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
            }
        }

        foreach (ILocator menu in await page.Locator("button[popovertarget]").Filter(new() { Visible = true }).AllAsync())
        {
            await menu.ClickAsync();
            await Expect(page.Locator(":popover-open")).ToBeVisibleAsync();
            await AssertAccessibleAsync(page, look);
        }
    }

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task The_sign_in_is_accessible(string language, string theme, int width)
    {
        var look = new Look(language, theme, width);
        IPage page = await OpenAsync(key: null, look: look);
        await Expect(page.Locator("input[name=key]")).ToBeVisibleAsync();
        await AssertAccessibleAsync(page, look);
    }

    private async Task ArrangeAsync()
    {
        await ReportAsync(
            new { computer = "hq-pc-0142", alert = "Malware detected", severity = "critical", message = "Eicar_test_file" },
            new { computer = "端末A", alert = "Disk space low", severity = "warning", message = "3 % left" });
        await Smtp.WaitForAsync(2);
        await WaitingMail.AddAsync(Installation, 3, _ => "Connection refused");
        (await Http.PutAsJsonAsync("/api/users/hanako", new { email = "hanako@example.com", receiveAlertMail = true })).EnsureSuccessStatusCode();
        (await Http.PutAsJsonAsync("/api/scheduled-tasks/summary", new { type = "sendAlertSummary", schedule = "0 9 * * 1-5", recipients = new { allUsers = true } })).EnsureSuccessStatusCode();
    }

    private static async Task AssertAccessibleAsync(IPage page, Look look)
    {
        if (await page.EvaluateAsync<bool>("!('axe' in window)"))
        {
            await page.EvaluateAsync(s_axe + ";undefined"); // by the browser's own debugger, so the page's policy stays as strict as it is
        }

        string[] violations = await page.EvaluateAsync<string[]>(
            """
            axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
              .then(result => result.violations.flatMap(violation => violation.nodes.map(node => `${violation.id}: ${node.html} ${node.failureSummary}`)))
            """);
        Assert.True(violations.Length == 0, $"{page.Url} {look}\n{string.Join('\n', violations)}");
    }
}
