using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Http;
using AlertFunctions.Tests.Standalone;

namespace AlertFunctions.Tests.Fuzz;

/// <summary>Whatever is sent to the host, it goes on.</summary>
public sealed partial class FuzzTests(AzuriteServer azurite) : IAsyncLifetime
{
    private const int Requests = 18_000;
    private const int RawConnections = 2_000;
    private const int AtATime = 16;
    private const string Key = "manage-key";

    /// <summary>Longer than the host may take for anything.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TestLog _log = new();
    private Installation _installation = null!;
    private RunningHost _host = null!;
    private RunningHost _hostWithoutKeys = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await Installation.CreateAsync(azurite);
        _host = await RunningHost.StartAsync(_installation, _log, services: null, ("Keys:Manage", Key), ("Keys:Read", "read-key"), ("Keys:Events", "events-key"), ("AllowedHosts", "*"));
        _hostWithoutKeys = await RunningHost.StartAsync(_installation, _log);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _hostWithoutKeys.DisposeAsync();
        await _installation.DisposeAsync();
    }

    [Fact]
    public Task Twenty_thousand_requests_made_by_chance_meet_no_5xx_and_no_silence_and_the_next_event_is_mailed() => RunAsync(seed: 20_261_128);

    [Fact(Explicit = true)]
    [Trait("Category", "Nightly")]
    public Task And_another_twenty_thousand_each_night() => RunAsync(Environment.TickCount & 0x3fff_ffff);

    private async Task RunAsync(int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}");
        var contract = new ApiContract(JsonNode.Parse(await _host.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!);
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1 };
        using var http = new HttpClient(handler) { Timeout = s_patience };

        var faults = new ConcurrentQueue<string>();
        await Parallel.ForAsync(0, Requests + RawConnections, new ParallelOptions { MaxDegreeOfParallelism = AtATime }, async (number, _) =>
        {
            // Each request has a seed of its own, and can be repeated alone.
            var chance = new Chance(seed + number);
            if (number % ((Requests + RawConnections) / RawConnections) == 0)
            {
                byte[] bytes = new RawRequests(Key, chance).Next();
                Note(await SendRawAsync(bytes), number, JsonSerializer.Serialize(Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 2_000)])));
            }
            else
            {
                FuzzRequest request = new FuzzRequests(contract, Key, chance).Next();
                Note(await SendAsync(http, chance.In100(80) ? _host : _hostWithoutKeys, request), number, request);
            }
        });

        Assert.True(faults.IsEmpty, $"{faults.Count} requests of seed {seed} were answered wrongly:\n{string.Join("\n\n", faults.Take(20))}");
        await AssertWorksAsync();

        void Note(string? fault, int number, object request)
        {
            if (fault is not null)
            {
                faults.Enqueue($"Request {number} {fault}\n{request}");
            }
        }
    }

    /// <summary>What is wrong with the answer to a request; null for nothing.</summary>
    private static async Task<string?> SendAsync(HttpClient http, RunningHost host, FuzzRequest request)
    {
        using HttpRequestMessage message = request.ToMessage(host.Address);
        try
        {
            using HttpResponseMessage answer = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
            if (answer.Content.Headers.ContentType?.MediaType == "text/event-stream" && answer.IsSuccessStatusCode)
            {
                return null; // it ends when its reader goes
            }

            string body = await answer.Content.ReadAsStringAsync();
            return FaultOf(request, answer, body) ?? FaultOf(await OpenApiContract.OfProductAsync(), request, answer, body);
        }
        catch (OperationCanceledException)
        {
            return $"got no answer in {s_patience.TotalSeconds} seconds";
        }
        catch (HttpRequestException exception) when (request.Body is { Length: > 1024 * 1024 } && exception.InnerException is IOException or SocketException)
        {
            return null; // a body that is too large is not read to its end, and a client that is still sending it may miss the answer
        }
    }

    private static string? FaultOf(FuzzRequest request, HttpResponseMessage answer, string body)
    {
        int status = (int)answer.StatusCode;
        if (status == 503 && request.Target.StartsWith("/api/health", StringComparison.OrdinalIgnoreCase))
        {
            return null; // with the storage emulator under load, the three seconds of a health check may not be enough
        }

        if (status >= 500 && (status != 503 || body.Contains("storageUnavailable", StringComparison.Ordinal)))
        {
            return $"was answered {status}: {body}";
        }

        // What Kestrel cannot read as HTTP it answers itself, without words, and hangs up.
        if (answer.Headers.ConnectionClose == true && body.Length == 0)
        {
            return null;
        }

        bool isError = status >= 400 && request.Target.StartsWith("/api/", StringComparison.OrdinalIgnoreCase) && request.Method != "HEAD";
        return !isError ? null
            : answer.Content.Headers.ContentType?.MediaType != "application/problem+json" ? $"was answered {status} as {answer.Content.Headers.ContentType}: {body}"
            : JsonNode.Parse(body) is not JsonObject problem || string.IsNullOrEmpty((string?)problem["code"]) || string.IsNullOrEmpty((string?)problem["title"]) || (int?)problem["status"] != status ? $"was answered {status} without code, title or status: {body}"
            : null;
    }

    /// <summary>What of an answer the OpenAPI document does not describe; null for nothing. What was sent is not looked at: the product may be kinder than the document.</summary>
    private static string? FaultOf(OpenApiContract contract, FuzzRequest request, HttpResponseMessage answer, string body)
    {
        if (OtherPath().IsMatch(request.Target) || (answer.Headers.ConnectionClose == true && body.Length == 0))
        {
            return null;
        }

        string[] faults = [.. contract.FaultsOf(new Exchange(
            request.Method.ToUpperInvariant(), request.Target, SentType: null, Sent: null, answer.StatusCode, answer.Content.Headers.ContentType?.ToString(), body, [.. answer.Headers.Select(header => header.Key)]))];
        return faults.Length == 0 ? null : $"was answered {(int)answer.StatusCode} as the document does not describe: {string.Join(' ', faults)}\n{body}";
    }

    /// <summary>Sends bytes, closes, and reads what comes until the host closes too.</summary>
    private async Task<string?> SendRawAsync(byte[] bytes)
    {
        using var patience = new CancellationTokenSource(s_patience);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, _host.Address.Port, patience.Token);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(bytes, patience.Token);
            client.Client.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            string answers = await reader.ReadToEndAsync(patience.Token);
            return StatusLine().Matches(answers).Select(match => match.Groups["status"].Value).FirstOrDefault(status => status[0] == '5' && status is not ("503" or "505")) is { } failed ? $"was answered {failed}" : null;
        }
        catch (OperationCanceledException)
        {
            return $"left the connection open for {s_patience.TotalSeconds} seconds";
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return null; // the host may hang up on what makes no sense
        }
    }

    /// <summary>The host is well, an event still raises and mails, and nothing was logged that would wake somebody.</summary>
    private async Task AssertWorksAsync()
    {
        using var body = new StringContent("""{"computer":"端末Z","alert":"After the storm","message":"still here"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await _host.Http.PostAsync(new Uri($"/api/events?code={Key}", UriKind.Relative), body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("端末Z", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await _installation.Smtp.WaitUntilAsync(() => _installation.Smtp.Accepted.Any(mail => mail.Recipient == "ops@example.com" && mail.Message.Subject!.Contains("After the storm", StringComparison.Ordinal)), s_patience);
        Assert.Contains("\"mail\":\"healthy\"", await HealthAsync(), StringComparison.Ordinal);
        _log.Expect(entry => entry.Category == "Microsoft.AspNetCore.Server.Kestrel"); // that a connection ended as its client left it
        _log.Expect(303); // that an alert of Azure Monitor came in an older form
        _log.Expect(304); // that a message was not signed by Amazon SNS
        _log.AssertNothingUnexpected();
    }

    /// <summary>Asks again while other tests keep the storage emulator from answering in time.</summary>
    private async Task<string> HealthAsync()
    {
        string health = "";
        for (int times = 0; times < 10 && !health.Contains("\"storage\":\"healthy\"", StringComparison.Ordinal); times++)
        {
            using HttpResponseMessage answer = await _host.Http.GetAsync(new Uri("/api/health", UriKind.Relative));
            health = await answer.Content.ReadAsStringAsync();
        }

        return health;
    }

    /// <summary>A path that the host reads as another one: an encoded dot or slash, or a part of dots alone.</summary>
    [GeneratedRegex(@"^[^?]*(%2[ef]|/\.\.?([/?]|$))", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OtherPath();

    [GeneratedRegex("^HTTP/1.1 (?<status>[0-9]{3}) ", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StatusLine();
}
