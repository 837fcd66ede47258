using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Standalone;

/// <summary>The standalone host as a process of its own, as its users start it.</summary>
internal sealed partial class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly ChangeSignal _changed = new();
    private readonly List<string> _lines = [];
    private readonly Process _process;
    private readonly HttpClient _http = new();

    public HostProcess(IReadOnlyDictionary<string, string> settings)
    {
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "AlertFunctions.Standalone.dll"), "--urls", "http://127.0.0.1:0"];
        _process = new Process { StartInfo = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false } };
        foreach ((string name, string value) in settings)
        {
            _process.StartInfo.Environment[name] = value;
        }

        if (settings.TryGetValue("Keys__Manage", out string? key))
        {
            _http.DefaultRequestHeaders.Add("x-functions-key", key);
        }

        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => _http.BaseAddress!;

    public async Task StartAsync()
    {
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await UntilItSaysAsync("AlertFunctions listens on");
        _http.BaseAddress = new Uri(AddressInOutput().Match(Output).Value);
    }

    public Task UntilItSaysAsync(string text, int times = 1) => _changed.WaitUntilAsync(() => Output.Split(text).Length > times, text, () => Output, s_patience);

    public async Task PostEventAsync(string computer, string alert)
    {
        using HttpResponseMessage response = await _http.PostAsJsonAsync(new Uri("/api/events", UriKind.Relative), new { computer, alert });
        response.EnsureSuccessStatusCode();
    }

    public async Task PutUserAsync(string name, string email)
    {
        using HttpResponseMessage response = await _http.PutAsJsonAsync(new Uri($"/api/users/{name}", UriKind.Relative), new { email, receiveAlertMail = true });
        response.EnsureSuccessStatusCode();
    }

    public async Task PutAlertTypeAsync(string alert, bool mailWhenCleared)
    {
        using HttpResponseMessage response = await _http.PutAsJsonAsync(new Uri("/api/alert-types", UriKind.Relative), new { alert, mailWhenCleared });
        response.EnsureSuccessStatusCode();
    }

    public async Task RedriveAsync()
    {
        using HttpResponseMessage response = await _http.PostAsync(new Uri("/admin/functions/RedriveFailedMail", UriKind.Relative), content: null);
        response.EnsureSuccessStatusCode();
    }

    public async Task<JsonNode> GetAsync(string path) => (await _http.GetFromJsonAsync<JsonNode>(new Uri(path, UriKind.Relative)))!;

    /// <summary>Asks the process to stop, as a container host does, and gives its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var signal = Process.Start("kill", ["-TERM", string.Create(CultureInfo.InvariantCulture, $"{_process.Id}")]);
        using var patience = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>Ends it at once, as a crash would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        _http.Dispose();
    }

    private string Output
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    private void Add(string? line)
    {
        lock (_lines)
        {
            _lines.Add(line ?? "");
        }

        _changed.Raise();
    }

    [GeneratedRegex("http://127.0.0.1:[0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AddressInOutput();
}
