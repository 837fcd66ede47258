using System.Globalization;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>The settings in force and where each comes from, and the mail test.</summary>
public sealed class SmtpPageTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    [Fact]
    public async Task The_settings_in_force_are_shown_with_where_each_comes_from_and_no_secret()
    {
        Installation.Settings["Smtp:Authentication"] = "Password";
        Installation.Settings["Smtp:UserName"] = "alerts";
        Installation.Settings["Smtp:Password"] = "hunter2";
        IPage page = await OpenAsync("#/smtp");
        await Expect(Setting(page, "Smtp__Server")).ToContainTextAsync($"127.0.0.1:{Smtp.Port.ToString(CultureInfo.InvariantCulture)} Set");
        await Expect(Setting(page, "Smtp__MaxConnections")).ToContainTextAsync("3 Default");
        await Expect(Setting(page, "Smtp__Password")).ToContainTextAsync("Set (never shown)");
        await Expect(page.GetByText("Smtp__OAuth2__Scope")).ToHaveCountAsync(0);
        Assert.DoesNotContain("hunter2", await page.ContentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_mail_test_shows_each_step_as_it_happens_by_keyboard_alone()
    {
        UseScript();
        var answering = new TaskCompletionSource();
        Installation.Smtp.On(SmtpStep.Recipient).HoldUntil(answering.Task);
        IPage page = await OpenAsync("#/smtp");
        await page.GetByLabel("Send to").PressSequentiallyAsync("ops@example.com");
        await page.Keyboard.PressAsync("Enter");

        await Expect(Step(page, "Greeting")).ToContainTextAsync("done");
        await Expect(Step(page, "Sender")).ToContainTextAsync("done");
        await Expect(Step(page, "Recipient")).ToContainTextAsync("in progress");
        await Expect(Step(page, "Transfer the mail")).ToContainTextAsync("to come");
        await Expect(page.GetByText("The SMTP server accepted the mail")).ToHaveCountAsync(0);

        answering.SetResult();
        await Expect(page.GetByText("The SMTP server accepted the mail")).ToBeVisibleAsync();
        await Expect(Step(page, "Transfer the mail")).ToContainTextAsync("250 2.0.0 queued");
        Assert.Equal("ops@example.com", Assert.Single(await Installation.Smtp.WaitForAcceptedAsync(1)).Recipient);
    }

    [Fact]
    public async Task A_refused_test_says_which_pattern_it_would_be_and_what_to_do()
    {
        UseScript();
        Installation.Smtp.On(SmtpStep.Recipient).Reply("550 5.1.1 <b>no such user</b>");
        IPage page = await TestAsync();
        await Expect(Step(page, "Recipient")).ToContainTextAsync("550 5.1.1 <b>no such user</b>");
        await Expect(page.GetByText("Pattern 3: the mail or its recipient is refused")).ToBeVisibleAsync();
        await Expect(page.GetByText("re-sent every hour twice, and then given up")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_pattern_1()
    {
        await Smtp.StopAsync();
        IPage page = await TestAsync();
        await Expect(page.GetByText("Pattern 1: the server cannot be reached")).ToBeVisibleAsync();
        await Expect(Step(page, "Connect")).ToContainTextAsync("failed");
    }

    [Fact]
    public async Task A_test_can_be_stopped()
    {
        UseScript();
        SmtpRule stalled = Installation.Smtp.On(SmtpStep.Greeting).Stall();
        IPage page = await TestAsync();
        await stalled.Reached;
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Expect(page.GetByText("The test was stopped.")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Send test mail" })).ToBeEnabledAsync();
    }

    [Fact]
    public async Task A_test_without_a_server_or_with_a_bad_address_says_what_to_do()
    {
        Installation.Settings["Smtp:Server"] = "";
        IPage page = await TestAsync();
        await Expect(page.GetByText("Set Smtp__Server and Smtp__From, then restart the host.")).ToBeVisibleAsync();

        await page.GetByLabel("Send to").FillAsync("nobody");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send test mail" }).ClickAsync();
        await Expect(page.GetByText("The server did not accept this: $.to")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_read_key_sees_the_settings_and_cannot_send()
    {
        IPage page = await OpenAsync("#/smtp", ReadKey);
        await Expect(Setting(page, "Smtp__Server")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Send test mail" })).ToBeDisabledAsync();
        await Expect(page.GetByRole(AriaRole.Main).GetByText("This key may only read.")).ToBeVisibleAsync();
        Assert.Empty(Smtp.Messages);
    }

    private static ILocator Setting(IPage page, string name) => page.Locator(".smtp-settings > div").Filter(new() { Has = page.GetByText(name, new() { Exact = true }) });

    private static ILocator Step(IPage page, string name) => page.GetByRole(AriaRole.List, new() { Name = "Steps" }).GetByRole(AriaRole.Listitem).Filter(new() { HasText = name });

    private void UseScript() => Installation.Settings["Smtp:Server"] = string.Create(CultureInfo.InvariantCulture, $"{ScriptedSmtpServer.Host}:{Installation.Smtp.Port}");

    private async Task<IPage> TestAsync()
    {
        IPage page = await OpenAsync("#/smtp");
        await page.GetByLabel("Send to").FillAsync("ops@example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send test mail" }).ClickAsync();
        return page;
    }
}
