using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>From an event to the mail about its clear, seen through the console.</summary>
public sealed class AlertWalkThroughTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    [Fact]
    public async Task An_alert_is_raised_and_seen_and_its_mail_arrives()
    {
        IPage page = await OpenAsync("#/alerts");
        await Expect(page.GetByText("No alert is outstanding.")).ToBeVisibleAsync();

        await ReportAsync(new { computer = "web01", alert = "Eicar", severity = "critical", message = "Eicar_test_file" });
        await Smtp.WaitForAsync(1);
        await RefreshAsync(page);

        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Eicar" })).ToBeVisibleAsync();
    }
}
