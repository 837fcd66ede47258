using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>One alert's page, where the links of mails lead.</summary>
public sealed class AlertPageTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    [Fact]
    public async Task The_link_of_a_mail_leads_to_the_alert_and_its_timeline()
    {
        await ReportAsync(new { computer = "端末 A&B", alert = "Eicar+", message = "Eicar_test_file" });
        string link = (await Smtp.WaitForAsync(1))[0].Message.TextBody!.Split('\n').Single(line => line.Contains("/#alert=", StringComparison.Ordinal));

        IPage page = await OpenAsync(new Uri(link[link.IndexOf("https:", StringComparison.Ordinal)..].Trim()).Fragment);

        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Eicar+" })).ToBeVisibleAsync();
        await Expect(page.GetByText("端末 A&B").First).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "Event reported" })).ToContainTextAsync("Eicar_test_file");
        await Expect(page.GetByText("Alert raised")).ToBeVisibleAsync();
        await Expect(page.GetByText("Mail delivered to ops@example.com")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_link_to_an_alert_type_leads_to_its_alerts()
    {
        await ReportAsync(new { computer = "pc-1", alert = "Eicar" }, new { computer = "pc-2", alert = "Eicar" }, new { computer = "pc-3", alert = "Disk" });
        IPage page = await OpenAsync("#alert=Eicar");
        await Expect(page.GetByText("2 in all")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task An_alert_of_which_nothing_is_kept_says_so()
    {
        IPage page = await OpenAsync("#alert=Eicar&computer=gone");
        await Expect(page.GetByText("This alert is not outstanding, and nothing of it is kept any more.")).ToBeVisibleAsync();
    }
}
