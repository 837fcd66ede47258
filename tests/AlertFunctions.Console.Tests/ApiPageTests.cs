using System.Collections.Concurrent;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>The API's page for people, as a browser shows it.</summary>
public sealed class ApiPageTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    [Fact]
    public async Task It_shows_the_contract_and_asks_no_other_host()
    {
        IPage page = await OpenAsync(key: null);
        var asked = new ConcurrentBag<Uri>();
        page.Request += (_, request) => asked.Add(new Uri(request.Url));

        await page.GotoAsync("/docs");
        await Expect(page.GetByText("Record events").First).ToBeVisibleAsync();
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);

        Uri own = new(page.Url);
        Assert.Contains(asked, uri => uri.AbsolutePath == "/openapi/v1.json");
        Assert.DoesNotContain(asked, uri => uri.Scheme is "http" or "https" && uri.Authority != own.Authority);
    }
}
