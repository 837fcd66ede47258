using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>The key that opens the console.</summary>
public sealed class SignInTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    [Fact]
    public async Task A_key_is_asked_for_once_and_kept_for_the_session_only()
    {
        IPage page = await OpenAsync(key: null);
        await page.GetByLabel("Key").FillAsync(ManageKey);
        await page.GetByRole(AriaRole.Button, new() { Name = "Open" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();

        await page.ReloadAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();
        Assert.DoesNotContain(ManageKey, await page.EvaluateAsync<string>("JSON.stringify(localStorage) + document.cookie + location"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_is_refused_in_words_and_may_be_given_again()
    {
        IPage page = await OpenAsync(key: null);
        await page.GetByLabel("Key").FillAsync("wrong");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This key is not accepted.");

        await page.GetByLabel("Key").FillAsync(ReadKey);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("Read only")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Signing_out_forgets_the_key()
    {
        IPage page = await OpenAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.GetByLabel("Key")).ToBeVisibleAsync();
        await page.ReloadAsync();
        await Expect(page.GetByLabel("Key")).ToBeVisibleAsync();
    }
}
