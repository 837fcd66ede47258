using System.Net.Http.Json;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>From an event to the mail about its clear, through the console.</summary>
public sealed class AlertWalkThroughTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    [Fact]
    public async Task An_alert_is_raised_seen_and_cleared_and_its_mails_arrive()
    {
        await StartAsync();
        using HttpResponseMessage put = await Http.PutAsJsonAsync("/api/alert-types", new { alert = "Eicar", severity = "critical", mailWhenCleared = true });
        put.EnsureSuccessStatusCode();
        IPage page = await OpenAsync("#/alerts");
        await Expect(page.GetByText("No alert is outstanding.")).ToBeVisibleAsync();

        await ReportAsync(new { computer = "web01", alert = "Eicar", message = "Eicar_test_file" });
        await Smtp.WaitForAsync(1);
        await RefreshAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "Eicar" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Eicar" }).ClickAsync();
        await Expect(page.GetByText("Mail delivered to ops@example.com")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Clear" }).ClickAsync();
        ILocator dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("Clear Eicar on web01?");
        await dialog.GetByLabel("Note").FillAsync("File removed");
        await dialog.GetByLabel("Your name").FillAsync("hanako");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Clear 1 alert(s)" }).ClickAsync();

        await Expect(page.GetByText("1 alert(s) cleared.")).ToBeVisibleAsync();
        await Expect(page.GetByText("Alert cleared by hanako")).ToBeVisibleAsync();
        ReceivedMail mail = (await Smtp.WaitForAsync(2))[1];
        Assert.Contains("File removed", mail.Message.TextBody, StringComparison.Ordinal);
    }
}
