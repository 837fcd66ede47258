using System.Net.Http.Json;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>A storage service of its own, which is stopped and started again.</summary>
public sealed class StorageDownTests : ConsoleTest
{
    /// <summary>Each page that reads storage, and something that it has read.</summary>
    private static readonly (string Address, string Shown)[] s_pages =
    [
        ("#/overview", "Storage answers."), ("#/alerts", "Eicar"), ("#/alerts?view=list", "web01"), ("#/alerts?view=computers", "web01"), ("#/alert?alert=Eicar&computer=web01", "web01"), ("#/mail", "user0@example.com"),
        ("#/mail?view=history", "ops@example.com"), ("#/system-events", "Alert: Eicar"), ("#/alert-settings", "Eicar"), ("#/users", "hanako"), ("#/scheduled-tasks", "summary"),
    ];

    /// <summary>In milliseconds: the server keeps what the overview shows for a minute, and asks storage for 20 seconds.</summary>
    private const int LongestSilence = 180_000;

    private readonly DirectoryInfo _folder;
    private readonly AzuriteServer _storage;

    public StorageDownTests(ConsoleBrowser browser)
        : this(browser, Directory.CreateTempSubdirectory("alertfunctions-"))
    {
    }

    private StorageDownTests(ConsoleBrowser browser, DirectoryInfo folder)
        : this(browser, folder, AzuriteServer.KeptIn(folder))
    {
    }

    private StorageDownTests(ConsoleBrowser browser, DirectoryInfo folder, AzuriteServer storage)
        : base(storage, browser) => (_folder, _storage) = (folder, storage);

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await base.DisposeAsync();
        }
        finally
        {
            await _storage.DisposeAsync();
            _folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task While_storage_is_down_each_page_shows_its_last_state_greyed_and_of_when_it_is_and_goes_on_by_itself_when_storage_is_back()
    {
        await ReportAsync(new { computer = "web01", alert = "Eicar", severity = "critical" });
        await Smtp.WaitForAsync(1);
        await WaitingMail.AddAsync(Installation, 1, _ => "Connection refused");
        (await Http.PutAsJsonAsync("/api/users/hanako", new { email = "hanako@example.com" })).EnsureSuccessStatusCode();
        (await Http.PutAsJsonAsync("/api/scheduled-tasks/summary", new { type = "sendAlertSummary", schedule = "0 9 * * *", recipients = new { allUsers = true } })).EnsureSuccessStatusCode();
        var pages = new List<(IPage Page, string Text)>();
        foreach ((string address, string text) in s_pages)
        {
            IPage page = await OpenAsync(address);
            await ShowAsync(page, page.Locator("main").GetByText(text).First);
            pages.Add((page, text));
        }

        await _storage.StopAsync();
        await Task.WhenAll(pages.Select(async one =>
        {
            await RefreshAsync(one.Page);
            await Expect(one.Page.GetByText("This is the state as of ")).ToContainTextAsync("Storage does not answer. Nothing is lost; this page tries again by itself.", new() { Timeout = LongestSilence });
            await Expect(one.Page.Locator(".stale").GetByText(one.Text).First).ToBeVisibleAsync();
        }));

        await _storage.StartAsync();
        await Task.WhenAll(pages.Select(async one =>
        {
            await Expect(one.Page.GetByText("This is the state as of ")).ToHaveCountAsync(0);
            await Expect(one.Page.Locator(".stale")).ToHaveCountAsync(0);
            await Expect(one.Page.Locator("main").GetByText(one.Text).First).ToBeVisibleAsync();
        }));
    }
}
