using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>Takes pictures of the console: those of the READMEs, and of every page and menu in every look for whoever changes how it looks. Run by hand; CONTRIBUTING.md says how.</summary>
[Trait("Category", "Pictures")]
public sealed class PictureTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    private const string Readme = "#/alerts?view=list";
    private const string Narrow = "#/overview";

    /// <summary>Both languages.</summary>
    public static TheoryData<string> Languages => ["en", "ja"];

    [Theory(Explicit = true)]
    [MemberData(nameof(Languages))]
    public async Task The_pictures_of_the_readme_are_taken(string language)
    {
        await ArrangeAsync(language);
        await TakeForReadmeAsync(Readme, new Look(language, "light", 1280), Repository.PathOf("docs", "images", $"console-{language}.png"), height: 800);
        await TakeForReadmeAsync(Narrow, new Look(language, "light", 390), Repository.PathOf("docs", "images", $"console-narrow-{language}.png"), height: 844);
    }

    [Theory(Explicit = true)]
    [MemberData(nameof(Languages))]
    public async Task Every_page_is_taken_in_every_look(string language)
    {
        await ArrangeAsync(language);
        string folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "pictures")).FullName;
        foreach (Look look in Look.All.Where(look => look.Language == language))
        {
            IPage page = await OpenAsync(key: null, look: look);
            await Expect(page.Locator("input[name=key]")).ToBeFocusedAsync();
            await TakeAsync("sign-in");
            await page.Keyboard.TypeAsync(ManageKey);
            await page.Keyboard.PressAsync("Enter");
            await SettleAsync(page);
            foreach ((int number, string address) in ConsolePages.All.Index())
            {
                await GoAsync(page, address);
                await TakeAsync($"{number:00}");
            }

            foreach (ILocator menu in await page.Locator("button[popovertarget]").Filter(new() { Visible = true }).AllAsync())
            {
                await menu.ClickAsync();
                await TakeAsync($"menu-{await menu.GetAttributeAsync("popovertarget")}");
            }

            Task TakeAsync(string name) => page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{look.Language}-{look.Theme}-{look.Width}.png"), FullPage = true });
        }
    }

    private async Task ArrangeAsync(string language)
    {
        Installation.Settings["Mail:Culture"] = language;
        await StartAsync();
        await BusyDay.ArrangeAsync(Http, Smtp, Installation, language);
    }

    private async Task TakeForReadmeAsync(string address, Look look, string path, int height)
    {
        IPage page = await OpenAsync(address, look: look);
        await page.SetViewportSizeAsync(look.Width, height);
        await SettleAsync(page);
        await page.ScreenshotAsync(new() { Path = path });
    }
}
