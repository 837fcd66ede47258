using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Standalone;
using Microsoft.Playwright;

namespace AlertFunctions.Console.Tests;

/// <summary>
/// What each test of the console begins with: a host of its own on Azurite and a real SMTP server, and pages on it. What a page logs as an error, and
/// what its content security policy refuses, fails the test.
/// </summary>
public abstract class ConsoleTest(AzuriteServer azurite, ConsoleBrowser browser) : IAsyncLifetime
{
    /// <summary>The key that may do everything.</summary>
    protected const string ManageKey = "manage-key";

    /// <summary>The key that sees everything and changes nothing.</summary>
    protected const string ReadKey = "read-key";

    /// <summary>How many milliseconds a state is waited for before a test fails: a busy machine may need many.</summary>
    private const int Patience = 60_000;

    private readonly List<IBrowserContext> _windows = [];
    private readonly List<string> _complaints = [];
    private RunningHost? _host;
    private HttpClient? _http;

    /// <summary>Its storage; a test changes the settings before it opens the first page.</summary>
    protected Installation Installation { get; private set; } = null!;

    /// <summary>The SMTP server, which accepts everything.</summary>
    protected RealSmtpServer Smtp { get; private set; } = null!;

    /// <summary>What the host logged.</summary>
    protected TestLog Log { get; } = new();

    /// <summary>The API with <see cref="ManageKey"/>, for what a test arranges beside the console. There after <see cref="StartAsync"/>.</summary>
    protected HttpClient Http => _http!;

    public virtual async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(Patience);
        Installation = await Installation.CreateAsync(azurite);
        Smtp = await RealSmtpServer.StartNewAsync();
        Installation.Settings["Smtp:Server"] = string.Create(CultureInfo.InvariantCulture, $"{RealSmtpServer.Host}:{Smtp.Port}");
        Installation.Settings["Keys:Manage"] = ManageKey;
        Installation.Settings["Keys:Read"] = ReadKey;
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (IBrowserContext window in _windows)
        {
            await window.CloseAsync();
        }

        _http?.Dispose();
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await Smtp.DisposeAsync();
        await Installation.DisposeAsync();
        Assert.Empty(_complaints);
    }

    /// <summary>Starts the host; done by the first page, unless a test needs the API before.</summary>
    protected async Task StartAsync()
    {
        if (_host is null)
        {
            _host = await RunningHost.StartAsync(Installation, Log);
            _http = new HttpClient { BaseAddress = _host.Address };
            _http.DefaultRequestHeaders.Add("x-functions-key", ManageKey);
        }
    }

    /// <summary>Opens a page of the console in a window of its own.</summary>
    /// <param name="address">What comes after the console's own address, such as <c>#/alerts</c>.</param>
    /// <param name="key">The key with which its reader is signed in; null for one who is not.</param>
    /// <param name="look">Language, theme and size.</param>
    /// <param name="prepare">What must be so before the page's own code runs, such as its clock.</param>
    protected async Task<IPage> OpenAsync(string address = "", string? key = ManageKey, Look? look = null, Func<IPage, Task>? prepare = null)
    {
        await StartAsync();
        look ??= Look.Default;
        IBrowserContext window = await browser.NewWindowAsync(new BrowserNewContextOptions
        {
            BaseURL = _host!.Address.ToString(),
            Locale = look.Language == "ja" ? "ja-JP" : "en-GB",
            ColorScheme = look.Theme == "dark" ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new ViewportSize { Width = look.Width, Height = 900 },
            ReducedMotion = ReducedMotion.Reduce,
            TimezoneId = "America/New_York",
        });
        _windows.Add(window);
        window.SetDefaultTimeout(Patience);
        if (key is not null)
        {
            await window.AddInitScriptAsync($"sessionStorage.getItem('visited') ?? (sessionStorage.setItem('visited', 'yes'), sessionStorage.setItem('key', '{key}'))");
        }

        IPage page = await window.NewPageAsync();
        page.PageError += (_, error) => _complaints.Add(error);
        page.Console += (_, message) =>
        {
            // The browser itself reports each answer that is an error; the console says it in its own words.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                _complaints.Add(message.Text);
            }
        };
        if (prepare is not null)
        {
            await prepare(page);
        }

        await page.GotoAsync($"/{address}");
        return page;
    }

    /// <summary>Reports events.</summary>
    protected async Task<JsonNode> ReportAsync(params object[] events)
    {
        await StartAsync();
        using HttpResponseMessage answer = await Http.PostAsJsonAsync("/api/events", events);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    /// <summary>What a text is like.</summary>
    protected static Regex Pattern(string pattern) => new(pattern, RegexOptions.None, TimeSpan.FromSeconds(1));

    /// <summary>Gets JSON from the API.</summary>
    protected async Task<JsonNode> GetAsync(string path)
    {
        await StartAsync();
        return (await Http.GetFromJsonAsync<JsonNode>(path))!;
    }

    /// <summary>Makes the page read the state of the system now, as after a change of its reader's.</summary>
    protected static Task RefreshAsync(IPage page) => page.EvaluateAsync("import('/data/overview.js').then(module => module.refresh({ changed: true }))");

    /// <summary>Changes something on a page until the API has answered that it is so: the news of it goes after seconds, which a busy machine may need for the next step.</summary>
    protected static async Task ChangeAsync(IPage page, Func<Task> change)
    {
        IResponse answer = await page.RunAndWaitForResponseAsync(change, response => response.Request.Method != "GET");
        Assert.True(answer.Ok, $"{answer.Request.Method} {answer.Url}: {answer.Status}");
    }

    /// <summary>Goes to another page of the console in the same window, until all that it reads is there.</summary>
    protected static async Task GoAsync(IPage page, string address)
    {
        await page.EvaluateAsync("address => new Promise(resolve => { addEventListener('hashchange', () => requestAnimationFrame(resolve), { once: true }); location.hash = address; })", address);
        await SettleAsync(page);
    }

    /// <summary>Waits until a page has read all that it shows.</summary>
    protected static async Task SettleAsync(IPage page)
    {
        await Assertions.Expect(page.Locator("main > :not(h1)").First).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("main").Locator("[aria-busy=true], .state[role=status]")).ToHaveCountAsync(0);
    }

    /// <summary>
    /// Makes the page read the state of the system until it shows something: the host's own loops bring it about, and give no signal when they are done.
    /// </summary>
    protected static async Task ShowAsync(IPage page, ILocator wanted)
    {
        for (long begun = Environment.TickCount64; ;)
        {
            await RefreshAsync(page);
            try
            {
                await Assertions.Expect(wanted).ToBeVisibleAsync(new() { Timeout = 1_000 });
                return;
            }
            catch (PlaywrightException) when (Environment.TickCount64 - begun < Patience)
            {
                // Not yet.
            }
        }
    }
}

/// <summary>How a page is looked at.</summary>
/// <param name="Language"><c>ja</c> or <c>en</c>.</param>
/// <param name="Theme"><c>light</c> or <c>dark</c>.</param>
/// <param name="Width">In pixels.</param>
public sealed record Look(string Language, string Theme, int Width)
{
    /// <summary>English, light, as wide as a small notebook.</summary>
    public static Look Default { get; } = new("en", "light", 1280);

    /// <summary>Both languages, both themes, both widths.</summary>
    public static IEnumerable<Look> All { get; } =
        from language in (string[])["ja", "en"] from theme in (string[])["light", "dark"] from width in (int[])[1280, 390] select new Look(language, theme, width);
}
