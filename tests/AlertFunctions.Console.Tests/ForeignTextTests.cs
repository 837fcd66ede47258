using System.Net.Http.Json;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>What comes from outside is shown as the text that it is: no markup in it is read, and no script in it runs.</summary>
public sealed class ForeignTextTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    private const string Script = "<img src=x onerror=\"window.stolen=1\"><script>window.stolen=1</script>";

    [Fact]
    public async Task Script_in_names_titles_and_mails_is_shown_and_does_not_run_where_settings_are_changed()
    {
        await ReportAsync(new { computer = Script, alert = Script, message = Script });
        await Smtp.WaitForAsync(1);
        (await Http.PutAsJsonAsync("/api/alert-types", new { alert = Script, title = new { ja = Script, en = Script } })).EnsureSuccessStatusCode();
        (await Http.PutAsJsonAsync("/api/scheduled-tasks/summary", new { type = "sendAlertSummary", schedule = "0 9 * * *", recipients = new { addresses = (string[])["ops@example.com"] } })).EnsureSuccessStatusCode();

        IPage page = await OpenAsync("#/alert-settings");
        await Expect(page.GetByLabel("Title, English:")).ToHaveValueAsync(Script);
        await page.GetByLabel("Enabled:").UncheckAsync();
        await Expect(page.GetByText($"Saved: {Script}")).ToBeVisibleAsync();
        await AssertNothingRanAsync(page);

        page = await OpenAsync("#/users");
        await page.GetByLabel("Who gets this alert?").SelectOptionAsync(Script);
        await Expect(page.GetByText($"Nobody gets {Script}: the alert type is off.")).ToBeVisibleAsync();
        await AssertNothingRanAsync(page);

        page = await OpenAsync("#/scheduled-tasks");
        await page.GetByRole(AriaRole.Button, new() { Name = "Preview: summary" }).ClickAsync();
        await Expect(page.Locator("pre")).ToContainTextAsync(Script);
        await AssertNothingRanAsync(page);
    }

    private static async Task AssertNothingRanAsync(IPage page)
    {
        Assert.True(await page.EvaluateAsync<bool>("window.stolen === undefined"));
        await Expect(page.Locator("main img, dialog img, .toasts img")).ToHaveCountAsync(0);
    }
}
