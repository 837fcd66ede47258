using System.Net.Http.Json;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>Every page, in both languages, both themes and both widths, by axe's rules for WCAG 2.2 AA. axe-core (MPL-2.0) is used here only and is not shipped.</summary>
public sealed class AccessibilityTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    private const string Axe = "node_modules/axe-core/axe.min.js";

    /// <summary>The address of each page.</summary>
    public static TheoryData<string> Pages => ["#/overview", "#/alerts", "#/alert?alert=Eicar&computer=web01", "#/mail", "#/mail?view=history", "#/system-events", "#/smtp", "#/alert-settings", "#/users", "#/scheduled-tasks", "#/backup"];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_is_accessible_in_every_look(string address)
    {
        await ArrangeAsync();
        foreach (Look look in Look.All)
        {
            IPage page = await OpenAsync(address, look: look);
            await Expect(page.Locator("h1")).ToBeVisibleAsync();
            await Expect(page.GetByText(look.Language == "ja" ? "読み込んでいます…" : "Loading…")).ToHaveCountAsync(0);
            await AssertAccessibleAsync(page, look);
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{address} is wider than the window ({look}).");
            await page.CloseAsync();
        }
    }

    /// <summary>The address of each page with dialogs in which people edit, and which of its buttons opens one.</summary>
    public static TheoryData<string, int> Dialogs => new()
    {
        { "#/alert-settings", 0 }, { "#/alert-settings", 1 }, { "#/alert-settings", 2 },
        { "#/users", 0 }, { "#/users", 1 },
        { "#/scheduled-tasks", 0 },
    };

    [Theory]
    [MemberData(nameof(Dialogs))]
    public async Task A_dialog_is_accessible(string address, int button)
    {
        foreach (Look look in (Look[])[new("en", "light", 390), new("ja", "dark", 1280)])
        {
            IPage page = await OpenAsync(address, look: look);
            await page.Locator(".filters .beside button[aria-disabled], main > .toolbar button[aria-disabled]").Nth(button).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
            await AssertAccessibleAsync(page, look);
            await page.CloseAsync();
        }
    }

    [Fact]
    public async Task The_sign_in_is_accessible_in_every_look()
    {
        foreach (Look look in Look.All)
        {
            IPage page = await OpenAsync(key: null, look: look);
            await Expect(page.Locator("input[name=key]")).ToBeVisibleAsync();
            await AssertAccessibleAsync(page, look);
        }
    }

    private async Task ArrangeAsync()
    {
        await ReportAsync(
            new { computer = "web01", alert = "Eicar", severity = "critical", message = "Eicar_test_file" },
            new { computer = "端末A", alert = "Disk space low", severity = "warning", message = "3 % left" });
        await Smtp.WaitForAsync(2);
        await WaitingMail.AddAsync(Installation, 3, _ => "Connection refused");
        (await Http.PutAsJsonAsync("/api/users/hanako", new { email = "hanako@example.com", receiveAlertMail = true })).EnsureSuccessStatusCode();
        (await Http.PutAsJsonAsync("/api/scheduled-tasks/summary", new { type = "sendAlertSummary", schedule = "0 9 * * 1-5", recipients = new { allUsers = true } })).EnsureSuccessStatusCode();
    }

    private static async Task AssertAccessibleAsync(IPage page, Look look)
    {
        // Evaluated by the browser's own debugger, so the page's policy stays as strict as it is.
        await page.EvaluateAsync(Repository.Read(Axe) + ";undefined");
        string[] violations = await page.EvaluateAsync<string[]>(
            """
            axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
              .then(result => result.violations.flatMap(violation => violation.nodes.map(node => `${violation.id}: ${node.html} ${node.failureSummary}`)))
            """);
        Assert.True(violations.Length == 0, $"{page.Url} {look}\n{string.Join('\n', violations)}");
    }
}
