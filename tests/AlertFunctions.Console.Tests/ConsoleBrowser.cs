using AlertFunctions.Console.Tests;
using AlertFunctions.Testing;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(AzuriteServer))]
[assembly: AssemblyFixture(typeof(ConsoleBrowser))]

namespace AlertFunctions.Console.Tests;

/// <summary>The machine's own browser, one for all tests, started when it is first asked for. None is downloaded.</summary>
public sealed class ConsoleBrowser : IAsyncDisposable
{
    private static readonly string[] s_programs =
    [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/microsoft-edge",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
        @"C:\Program Files\Google\Chrome\Application\chrome.exe", @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];

    private readonly Lazy<Task<IBrowser>> _browser;
    private IPlaywright? _playwright;

    public ConsoleBrowser() => _browser = new Lazy<Task<IBrowser>>(StartAsync);

    /// <summary>A window of its own, with its own storage. Skips the calling test where there is no browser.</summary>
    public async Task<IBrowserContext> NewWindowAsync(BrowserNewContextOptions options)
    {
        Assert.SkipUnless(Array.Exists(s_programs, File.Exists), "Needs Chromium, Chrome or Edge: apt-get install --no-install-recommends chromium fonts-noto-cjk.");
        return await (await _browser.Value).NewContextAsync(options);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser.IsValueCreated && _browser.Value.IsCompletedSuccessfully)
        {
            await (await _browser.Value).CloseAsync();
        }

        _playwright?.Dispose();
    }

    private async Task<IBrowser> StartAsync()
    {
        _playwright = await Playwright.CreateAsync();
        return await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Array.Find(s_programs, File.Exists) });
    }
}
