using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace AlertFunctions.Testing;

/// <summary>A Prometheus that reads one target and evaluates rules, as Debian installs it.</summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private const string Program = "/usr/bin/prometheus";
    private const string RuleTool = "/usr/bin/promtool";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>Prometheus gives no signal when it has read its target or evaluated its rules: it is asked again after this time.</summary>
    private static readonly TimeSpan s_askAgainAfter = TimeSpan.FromMilliseconds(250);

    private readonly InstalledServer _server;

    private PrometheusServer(InstalledServer server) => _server = server;

    /// <summary>Whether it is installed.</summary>
    public static bool IsInstalled => File.Exists(Program) && File.Exists(RuleTool);

    /// <summary>Skips the calling test where there is none.</summary>
    public static void SkipTestWithoutPrometheus() => Assert.SkipUnless(IsInstalled, "Needs Prometheus: apt-get install prometheus.");

    /// <summary>Starts one that reads its target and evaluates its rules every second.</summary>
    /// <param name="scrapeConfigurations">What it reads: the section <c>scrape_configs</c> of its configuration.</param>
    /// <param name="rules">The file of the rules.</param>
    public static async Task<PrometheusServer> StartAsync(string scrapeConfigurations, string rules)
    {
        string configuration = $"""
            global:
              scrape_interval: 1s
              evaluation_interval: 1s
            rule_files: ["{rules}"]
            {scrapeConfigurations}
            """;
        return new PrometheusServer(await InstalledServer.StartAsync(Program, "--storage.tsdb.path=\"$1/data\"", configuration, ready: "ready to receive web requests"));
    }

    /// <summary>Runs the tool that checks and tests rules.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Its exit code, and what it wrote.</returns>
    public static async Task<(int ExitCode, string Output)> RunRuleToolAsync(params string[] arguments)
    {
        using Process tool = Process.Start(new ProcessStartInfo(RuleTool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        string[] output = await Task.WhenAll(tool.StandardOutput.ReadToEndAsync(), tool.StandardError.ReadToEndAsync()).WaitAsync(s_patience);
        await tool.WaitForExitAsync();
        return (tool.ExitCode, string.Concat(output));
    }

    /// <summary>Evaluates an expression now.</summary>
    /// <param name="expression">The expression.</param>
    /// <returns>The series that it gives: each with its labels and its value.</returns>
    /// <exception cref="InvalidOperationException">Prometheus refuses the expression; the message says why.</exception>
    public async Task<IReadOnlyList<JsonElement>> QueryAsync(string expression)
    {
        using HttpResponseMessage answer = await _server.Http.GetAsync(new Uri($"/api/v1/query?query={Uri.EscapeDataString(expression)}", UriKind.Relative));
        JsonElement body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return answer.StatusCode == HttpStatusCode.OK
            ? [.. body.GetProperty("data").GetProperty("result").EnumerateArray()]
            : throw new InvalidOperationException($"{expression}: {body.GetProperty("error")}");
    }

    /// <summary>Waits until an expression gives something.</summary>
    /// <param name="expression">The expression.</param>
    /// <returns>The series that it gives.</returns>
    /// <exception cref="TimeoutException">It gave nothing for two minutes.</exception>
    public async Task<IReadOnlyList<JsonElement>> WaitForAsync(string expression)
    {
        using var deadline = new CancellationTokenSource(s_patience);
        using var again = new PeriodicTimer(s_askAgainAfter);
        try
        {
            while (true)
            {
                if (await QueryAsync(expression) is { Count: > 0 } result)
                {
                    return result;
                }

                await again.WaitForNextTickAsync(deadline.Token);
            }
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException($"Prometheus finds nothing by {expression}.", exception);
        }
    }

    /// <summary>The names of all that it has read.</summary>
    public async Task<IReadOnlySet<string>> NamesAsync() =>
        (await _server.Http.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/label/__name__/values", UriKind.Relative))).GetProperty("data").EnumerateArray()
            .Select(name => name.GetString()!).ToHashSet(StringComparer.Ordinal);

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
