using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>The configuration as a document, out of and into an installation.</summary>
public sealed class BackupPageTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    private const string Address = "#/backup";

    [Fact]
    public async Task An_exported_configuration_is_imported_after_it_was_shown_what_that_changes()
    {
        await AddAsync("hanako");
        IPage page = await OpenAsync(Address);
        IDownload download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download the configuration" }).ClickAsync());
        await using Stream downloaded = await download.CreateReadStreamAsync();
        string exported = await new StreamReader(downloaded).ReadToEndAsync(TestContext.Current.CancellationToken);
        await AddAsync("taro");

        await ChooseAsync(page, exported);
        ILocator users = page.GetByRole(AriaRole.Region, new() { Name = "Users" });
        await Expect(users).ToContainTextAsync("Removed (1)taro");
        await Expect(users).ToContainTextAsync("Unchanged (1)");
        Assert.Equal(["hanako", "taro"], await UsersAsync());

        await page.GetByRole(AriaRole.Button, new() { Name = "Replace the configuration" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("removes 1.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Replace", Exact = true }).ClickAsync();
        await Expect(page.GetByText("The configuration was replaced.")).ToBeVisibleAsync();
        Assert.Equal(["hanako"], await UsersAsync());
    }

    [Fact]
    public async Task A_configuration_that_was_changed_since_the_preview_is_not_replaced_but_previewed_anew()
    {
        await AddAsync("hanako");
        IPage page = await OpenAsync(Address, look: new("ja", "dark", 390));
        await ChooseAsync(page, """{ "users": [] }""");
        await page.GetByRole(AriaRole.Button, new() { Name = "設定を置き換える" }).ClickAsync();
        await AddAsync("taro");
        await page.GetByRole(AriaRole.Button, new() { Name = "置き換える", Exact = true }).ClickAsync();
        await Expect(page.GetByText("プレビューの後にほかの人が設定を変更したため")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "ユーザ" })).ToContainTextAsync("削除 (2)hanako, taro");
        Assert.Equal(["hanako", "taro"], await UsersAsync());
    }

    [Theory]
    [InlineData("""{ "users": [{ "name": "hanako", "email": "nowhere" }] }""", "$.users[0].email")]
    [InlineData("""{ "people": [] }""", "$.people")]
    [InlineData("name,email", "JSON")]
    public async Task A_file_that_is_wrong_is_refused_with_everything_that_is_wrong_where_it_is(string file, string place)
    {
        IPage page = await OpenAsync(Address);
        await ChooseAsync(page, file);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync(place);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Replace the configuration" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_read_key_exports_and_imports_nothing()
    {
        IPage page = await OpenAsync(Address, ReadKey);
        await Expect(page.GetByText("This key may only read. Sign in with a key that may make changes.")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Configuration file")).ToHaveCountAsync(0);
        IDownload download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download the configuration" }).ClickAsync());
        Assert.EndsWith(".json", download.SuggestedFilename, StringComparison.Ordinal);
    }

    private static Task ChooseAsync(IPage page, string json) =>
        page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "configuration.json", MimeType = "application/json", Buffer = Encoding.UTF8.GetBytes(json) });

    private async Task AddAsync(string name)
    {
        await StartAsync();
        (await Http.PutAsJsonAsync($"/api/users/{name}", new { email = $"{name}@example.com" })).EnsureSuccessStatusCode();
    }

    private async Task<IEnumerable<string>> UsersAsync() =>
        (await Http.GetFromJsonAsync<JsonNode>("/api/users"))!["items"]!.AsArray().Select(user => (string)user!["name"]!);
}
