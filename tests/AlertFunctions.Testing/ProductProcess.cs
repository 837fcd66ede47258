using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Api;
using AlertFunctions.Core;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Telemetry;
using AlertFunctions.Core.Upkeep;
using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Queues.Models;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace AlertFunctions.Testing;

/// <summary>
/// One process of the product, without a host's loops: a test sends requests through the real pipeline and works messages off when it wants them to
/// be. Its storage calls are recorded and can be broken; with a counter of its own it can be made to die at any call, to storage or to the server.
/// </summary>
public sealed class ProductProcess : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly Lazy<RequestDelegate> _pipeline;

    internal ProductProcess(
        IConfiguration configuration, string namePrefix, TimeProvider clock, TimeProvider serviceClock, CallCounter? counter, TokenCredential? credential = null, X509Certificate2Collection? trustedRoots = null,
        HttpMessageHandler? amazonSns = null)
    {
        AlertFunctionsSettings settings = AlertFunctionsSettings.Read(configuration);
        Storage = new StorageFaults(serviceClock, namePrefix, counter);
        var services = new ServiceCollection();
        services.AddSingleton(configuration);
        var environment = new HostEnvironment();
        services.AddSingleton<IHostEnvironment>(environment);
        services.AddSingleton<IWebHostEnvironment>(environment);
        services.AddLogging(logging => logging.AddProvider(Log));
        services.AddMetrics();
        services.AddSingleton(clock);
        if (credential is not null)
        {
            services.AddSingleton(credential);
        }

        services.AddSingleton(provider => new StorageClients(
            settings.Storage, new DefaultAzureCredential(), clock, namePrefix, Storage.Transport, StorageFaults.Retries, provider.GetRequiredService<ProductMetrics>()));
        if (counter is not null || trustedRoots is not null)
        {
            var transport = new MailKitTransport(settings.Smtp, new DefaultAzureCredential(), clock) { TrustedRoots = trustedRoots };
            services.AddSingleton<ISmtpTransport>(counter is null ? transport : new MortalTransport(transport, counter));
        }

        services.AddAlertFunctionsCore(settings);
        services.AddAlertApi();
        if (amazonSns is not null)
        {
            services.AddHttpClient(AlertApi.AmazonSnsClient).ConfigurePrimaryHttpMessageHandler(() => amazonSns);
        }

        services.Configure<RouteOptions>(options => options.SuppressCheckForUnhandledSecurityMetadata = true); // there is no host that would check keys
        services.AddSingleton<System.Diagnostics.DiagnosticListener>(new System.Diagnostics.DiagnosticListener("tests"));
        services.AddSingleton<System.Diagnostics.DiagnosticSource>(provider => provider.GetRequiredService<System.Diagnostics.DiagnosticListener>());
        _services = services.BuildServiceProvider();
        _pipeline = new(() => AlertApi.BuildPipeline(_services));
    }

    /// <summary>The process's storage calls.</summary>
    public StorageFaults Storage { get; }

    /// <summary>What it logged.</summary>
    public TestLog Log { get; } = new();

    /// <summary>A service of the product.</summary>
    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Sends a request through the pipeline.</summary>
    public Task<Answer> SendAsync(string method, string path, string? body = null, string? contentType = "application/json", IReadOnlyDictionary<string, string>? headers = null) =>
        SendBytesAsync(method, path, body is null ? null : Encoding.UTF8.GetBytes(body), contentType, headers);

    /// <summary>Sends a request whose body is no text.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path and the query.</param>
    /// <param name="body">The body, or null.</param>
    /// <param name="contentType">The body's type.</param>
    /// <param name="headers">Further headers.</param>
    /// <param name="chunked">Whether the length of the body is not declared.</param>
    public async Task<Answer> SendBytesAsync(string method, string path, byte[]? body, string? contentType = "application/json", IReadOnlyDictionary<string, string>? headers = null, bool chunked = false)
    {
        using MemoryStream? stream = body is null ? null : new MemoryStream(body);
        Answer answer = await ExchangeAsync(method, path, stream, contentType, headers, chunked ? null : body?.Length, answerTo: null);
        bool compressed = headers?.Keys.Contains("Content-Encoding", StringComparer.OrdinalIgnoreCase) is true;
        await HoldToContractAsync(method, path, contentType, compressed ? null : body, answer);
        return answer;
    }

    /// <summary>Sends a request over a connection of the test's.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path and the query.</param>
    /// <param name="body">Where the body comes from, or null.</param>
    /// <param name="contentType">The body's type.</param>
    /// <param name="headers">Further headers.</param>
    /// <param name="length">The body's length, where it is announced.</param>
    /// <param name="answerTo">Where the answer goes, or null.</param>
    public async Task<Answer> SendStreamAsync(
        string method, string path, Stream? body = null, string? contentType = "application/json", IReadOnlyDictionary<string, string>? headers = null, long? length = null, SlowStream? answerTo = null)
    {
        Answer answer = await ExchangeAsync(method, path, body, contentType, headers, length, answerTo);
        await HoldToContractAsync(method, path, contentType, sent: null, answer);
        return answer;
    }

    /// <summary>The OpenAPI document, for which no storage is needed.</summary>
    internal static async Task<string> ReadOpenApiDocumentAsync()
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("AzureWebJobsStorage", (string?)"UseDevelopmentStorage=true")]).Build();
        await using var process = new ProductProcess(configuration, namePrefix: "", TimeProvider.System, TimeProvider.System, counter: null);
        return (await process.ExchangeAsync("GET", "/openapi/v1.json", body: null, contentType: null, headers: null, length: null, answerTo: null)).Text;
    }

    private static async Task HoldToContractAsync(string method, string path, string? contentType, byte[]? sent, Answer answer) =>
        (await OpenApiContract.OfProductAsync()).Check(new Exchange(method, path, contentType, sent, answer.Status, answer.ContentType, answer.Text, [.. answer.Headers.Keys]));

    private async Task<Answer> ExchangeAsync(string method, string path, Stream? body, string? contentType, IReadOnlyDictionary<string, string>? headers, long? length, SlowStream? answerTo)
    {
        await using AsyncServiceScope scope = _services.CreateAsyncScope();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        context.Request.Method = method;
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("localhost");
        string[] parts = path.Split('?', 2);
        context.Request.Path = Uri.UnescapeDataString(parts[0]);
        context.Request.QueryString = new QueryString(parts.Length == 2 ? "?" + parts[1] : "");
        foreach ((string name, string value) in headers ?? new Dictionary<string, string>())
        {
            context.Request.Headers[name] = value;
        }

        if (body is not null)
        {
            context.Request.Body = body;
            context.Request.ContentType = contentType;
            context.Request.ContentLength = length;
            context.Features.Set<IHttpRequestBodyDetectionFeature>(new HasBody());
        }

        using var answer = new MemoryStream();
        context.Response.Body = answerTo ?? (Stream)answer;
        await _pipeline.Value(context);
        await context.Response.CompleteAsync();
        string text = Encoding.UTF8.GetString(answerTo?.Written ?? answer.ToArray());
        return new Answer((HttpStatusCode)context.Response.StatusCode, context.Response.ContentType, text, context.Response.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()));
    }

    /// <summary>Posts events and expects 200.</summary>
    /// <param name="json">One event or an array.</param>
    public async Task<JsonNode> PostEventsAsync(string json)
    {
        Answer answer = await SendAsync("POST", "/api/events", json);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }

    /// <summary>Reports that an event occurred (or, with <paramref name="state"/>, was cleared).</summary>
    public Task<JsonNode> ReportAsync(string computer, string alert = "Eicar", string state = "occurred", string? message = null, string? id = null, string? time = null, string? severity = null)
    {
        var item = new JsonObject { ["computer"] = computer, ["alert"] = alert, ["state"] = state };
        foreach ((string name, string? value) in new[] { ("message", message), ("id", id), ("time", time), ("severity", severity) })
        {
            if (value is not null)
            {
                item[name] = value;
            }
        }

        return PostEventsAsync(item.ToJsonString());
    }

    /// <summary>Gets JSON and expects 200.</summary>
    public async Task<JsonNode> GetAsync(string path)
    {
        Answer answer = await SendAsync("GET", path);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }

    /// <summary>The system events, oldest first, with their descriptions in a language.</summary>
    public async Task<List<JsonNode>> SystemEventsAsync(int? number = null, string culture = "ja")
    {
        JsonNode page = await GetAsync($"/api/system-events?top=1000&culture={culture}{(number is null ? "" : $"&id={number}")}");
        return [.. page["items"]!.AsArray().Select(item => item!).Reverse()];
    }

    /// <summary>Does what one message asks for, without a message: <c>compose|Eicar</c>, <c>send|3|0</c>, <c>flush</c>.</summary>
    public async Task HandleAsync(string message, CancellationToken stopping = default) =>
        await await Task.WhenAny(Get<OutgoingMailHandler>().HandleAsync(message, stopping), Storage.Counter.Death);

    /// <summary>Works off the messages that are visible, those that this process hid for a second, and those that this brings about, one after the other.</summary>
    /// <returns>The messages, in order.</returns>
    public async Task<List<string>> WorkOffQueueAsync()
    {
        var handled = new List<string>();
        var queue = Get<StorageClients>().OutgoingMail;
        do
        {
            while (await queue.ReceiveMessagesAsync(32, TimeSpan.FromMinutes(5)) is { Value: { Length: > 0 } messages })
            {
                foreach (QueueMessage message in messages)
                {
                    string text = message.Body.ToString();
                    await HandleAsync(text);
                    await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
                    handled.Add(text);
                }
            }
        }
        while (await WorkOffHiddenAsync());

        return handled;

        async Task<bool> WorkOffHiddenAsync()
        {
            while (Storage.Hidden.TryDequeue(out HiddenMessage? message))
            {
                // One that can be seen by now was among the others; one that was lost is not handled.
                if (await TryDeleteAsync(message))
                {
                    await HandleAsync(message.Text);
                    handled.Add(message.Text);
                    return true;
                }
            }

            return false;
        }

        async Task<bool> TryDeleteAsync(HiddenMessage message)
        {
            try
            {
                await queue.DeleteMessageAsync(message.Id, message.Receipt);
                return true;
            }
            catch (RequestFailedException exception) when (exception.Status is 400 or 404)
            {
                return false;
            }
        }
    }

    /// <summary>Sends what is due in every shard, as the timer brings about each minute.</summary>
    public async Task SendAllDueAsync()
    {
        for (int shard = 0; shard < 8; shard++)
        {
            await HandleAsync($"send|{shard}|{_services.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeSeconds()}");
        }
    }

    public async ValueTask DisposeAsync() => await _services.DisposeAsync();

    /// <summary>What the host tells the pipeline of itself; the console's files come from the product's own assembly.</summary>
    private sealed class HostEnvironment : IWebHostEnvironment
    {
        public string ApplicationName { get; set; } = "AlertFunctions";

        public string EnvironmentName { get; set; } = "Production";

        public string ContentRootPath { get; set; } = AppContext.BaseDirectory;

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();

        public string WebRootPath { get; set; } = AppContext.BaseDirectory;

        public IFileProvider WebRootFileProvider { get; set; } = new NullFileProvider();
    }

    private sealed class HasBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }

    /// <summary>Counts each connection and each envelope as a call, before and after which the process can be made to die.</summary>
    private sealed class MortalTransport(ISmtpTransport inner, CallCounter counter) : ISmtpTransport
    {
        public async Task<SmtpConnectResult> ConnectAsync(IProgress<Core.Mail.Smtp.SmtpStep>? steps, CancellationToken cancellationToken)
        {
            int call = counter.BeforeCall("SMTP CONNECT");
            SmtpConnectResult result = await inner.ConnectAsync(steps, cancellationToken);
            counter.AfterCall(call);
            return result with { Connection = result.Connection is null ? null : new MortalConnection(result.Connection, counter) };
        }
    }

    private sealed class MortalConnection(ISmtpConnection inner, CallCounter counter) : ISmtpConnection
    {
        public async Task<SmtpSendResult> SendAsync(MimeMessage message, MailboxAddress recipient, CancellationToken cancellationToken)
        {
            int call = counter.BeforeCall($"SMTP SEND {recipient.Address}");
            SmtpSendResult result = await inner.SendAsync(message, recipient, cancellationToken);
            counter.AfterCall(call);
            return result;
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

/// <summary>An answer of the pipeline.</summary>
/// <param name="Status">The status.</param>
/// <param name="ContentType">The content type.</param>
/// <param name="Text">The body.</param>
/// <param name="Headers">The headers.</param>
public sealed record Answer(HttpStatusCode Status, string? ContentType, string Text, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The body as JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Text)!;
}
