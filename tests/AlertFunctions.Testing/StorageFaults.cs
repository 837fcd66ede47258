using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AlertFunctions.Core.Storage;
using Azure.Core.Pipeline;

namespace AlertFunctions.Testing;

/// <summary>
/// Stands between the Azure SDK and the storage service: records every call, tells the test's time as the service's, and breaks what a test
/// asks it to break. It works below the SDK's retries, which therefore do what they do in production, but with <see cref="Retries"/>.
/// </summary>
public sealed class StorageFaults
{
    // Shared by all tests: connections are worth keeping. Redirects and cookies are off as in the SDK's own transport.
    private static readonly SocketsHttpHandler s_network = new() { AllowAutoRedirect = false, UseCookies = false };

    private readonly Lock _gate = new();
    private readonly ChangeSignal _changed = new();
    private readonly List<StorageCall> _calls = [];
    private readonly List<StorageFault> _faults = [];
    private readonly TimeProvider _clock;
    private readonly string _namePrefix;

    /// <param name="clock">Whose time the service's answers carry in their <c>Date</c>, to the second.</param>
    /// <param name="namePrefix">The prefix of the test's storage names, left out of the labels.</param>
    /// <param name="counter">Decides where the process dies; shared with others that call to the outside, if there are any.</param>
    public StorageFaults(TimeProvider clock, string namePrefix = "", CallCounter? counter = null)
    {
        _clock = clock;
        _namePrefix = namePrefix;
        Counter = counter ?? new CallCounter();
        Transport = new HttpClientTransport(new HttpClient(new Handler(this), disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan });
    }

    /// <summary>
    /// Retries without a pause, and with a time limit that a busy machine keeps: a try given up after five seconds was applied all the same, and its
    /// retry would be a conflict that no test asked for.
    /// </summary>
    public static StorageRetries Retries { get; } = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));

    /// <summary>For <c>ClientOptions.Transport</c> of tables, queues and blobs.</summary>
    public HttpPipelineTransport Transport { get; }

    /// <summary>Numbers the calls, the SDK's retries included.</summary>
    public CallCounter Counter { get; }

    /// <summary>Messages that come a second later: a queue has no clock that a test could move.</summary>
    public ConcurrentQueue<HiddenMessage> Hidden { get; } = new();

    /// <summary>The calls so far, in the order in which they began. A transaction is one call.</summary>
    public IReadOnlyList<StorageCall> Calls
    {
        get
        {
            lock (_gate)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>How many calls there were since the last <see cref="ForgetCalls"/>.</summary>
    public int Count(Func<StorageCall, bool>? which = null) => Calls.Count(which ?? (_ => true));

    /// <summary>Waits until the calls are like that, woken by each call and each answer.</summary>
    public Task WaitUntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        _changed.WaitUntilAsync(condition, what, () => string.Join(", ", Calls.Select(call => $"{call.Label} {call.Status}")));

    /// <summary>Begins a new record, to count the calls of one part of a test.</summary>
    public void ForgetCalls()
    {
        lock (_gate)
        {
            _calls.Clear();
        }
    }

    /// <summary>Begins a fault: <c>storage.When(call => call.Label == "POST $batch").Once().LoseResponse()</c>.</summary>
    public StorageFault When(Func<StorageCall, bool> which) => new(this, which);

    /// <summary>Begins a fault of the call with that number.</summary>
    public StorageFault AtCall(int number) => When(call => call.Number == number);

    /// <summary>Ends all faults; held calls go on. A dead process stays dead.</summary>
    public void Heal()
    {
        StorageFault[] faults;
        lock (_gate)
        {
            faults = [.. _faults];
            _faults.Clear();
        }

        foreach (var fault in faults)
        {
            fault.Release();
        }
    }

    internal void Add(StorageFault fault)
    {
        lock (_gate)
        {
            _faults.Add(fault);
        }
    }

    internal void Remove(StorageFault fault)
    {
        lock (_gate)
        {
            _faults.Remove(fault);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Func<Task<HttpResponseMessage>> send, CancellationToken cancellationToken)
    {
        var label = StorageCall.LabelOf(request, _namePrefix);
        StorageCall call;
        StorageFault? fault;
        lock (_gate)
        {
            call = new StorageCall(Counter.BeforeCall(label), request.Method.Method, StorageCall.ServiceOf(request), label, request.RequestUri!);
            _calls.Add(call);

            // The newest first, so that a test can add an exception to what it said before.
            fault = _faults.FindLast(f => f.Takes(call));
        }


        _changed.Raise();

        HttpResponseMessage response;
        switch (fault?.Kind)
        {
            case StorageFaultKind.FailToConnect:
                fault.ReachedSource.TrySetResult();
                throw new HttpRequestException(HttpRequestError.ConnectionError, "Injected: the storage service cannot be reached.");

            case StorageFaultKind.Fail:
                fault.ReachedSource.TrySetResult();
                response = Refusal(request, call.Service, fault);
                break;

            default:
                await HoldAsync(fault, StorageFaultKind.Hold, cancellationToken);
                response = await send();
                await NoteHiddenAsync(request, response, cancellationToken);
                await HoldAsync(fault, StorageFaultKind.HoldResponse, cancellationToken);
                break;
        }

        try
        {
            Counter.AfterCall(call.Number);
            if (fault?.Kind == StorageFaultKind.LoseResponse)
            {
                fault.ReachedSource.TrySetResult();
                throw new HttpRequestException(HttpRequestError.ResponseEnded, "Injected: the answer was lost.", new IOException("Injected: the answer was lost."));
            }
        }
        catch
        {
            response.Dispose();
            throw;
        }

        call.Status = (int)response.StatusCode;
        _changed.Raise();
        response.Headers.Date = _clock.GetUtcNow();
        return response;
    }

    /// <summary>Notes a message that is hidden for the second in which further wake-ups are saved.</summary>
    private async Task NoteHiddenAsync(HttpRequestMessage request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (request.Content is null || !response.IsSuccessStatusCode || !request.RequestUri!.Query.Contains("visibilitytimeout=1&", StringComparison.Ordinal))
        {
            return;
        }

        string text = XElement.Parse(await request.Content.ReadAsStringAsync(cancellationToken)).Element("MessageText")!.Value;
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        XElement sent = XElement.Parse(await response.Content.ReadAsStringAsync(cancellationToken)).Element("QueueMessage")!;
        Hidden.Enqueue(new HiddenMessage(Encoding.UTF8.GetString(Convert.FromBase64String(text)), sent.Element("MessageId")!.Value, sent.Element("PopReceipt")!.Value));
    }

    private static HttpResponseMessage Refusal(HttpRequestMessage request, StorageService service, StorageFault fault)
    {
        // Tables say it in JSON, the other services in XML; both in a header as well.
        var body = service == StorageService.Table
            ? $$$$"""{"odata.error":{"code":"{{{{fault.ErrorCode}}}}","message":{"lang":"en-US","value":"Injected."}}}"""
            : $"<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{fault.ErrorCode}</Code><Message>Injected.</Message></Error>";
        var response = new HttpResponseMessage(fault.Status) { RequestMessage = request, Content = new StringContent(body, Encoding.UTF8, service == StorageService.Table ? "application/json" : "application/xml") };
        response.Headers.Add("x-ms-error-code", fault.ErrorCode);
        return response;
    }

    private async Task HoldAsync(StorageFault? fault, StorageFaultKind kind, CancellationToken cancellationToken)
    {
        if (fault?.Kind == kind)
        {
            fault.ReachedSource.TrySetResult();
            await fault.Released.WaitAsync(cancellationToken);
            Counter.ThrowIfKilled();
        }
    }

    private sealed class Handler(StorageFaults faults) : DelegatingHandler(s_network)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            faults.SendAsync(request, () => base.SendAsync(request, cancellationToken), cancellationToken);

        // The SDK's synchronous methods would block a thread of the product for a network call.
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException($"Storage is called asynchronously: {request.Method} {request.RequestUri}");
    }
}

/// <summary>A queue message that cannot be seen yet.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Id">Its id.</param>
/// <param name="Receipt">With which it can be deleted.</param>
public sealed record HiddenMessage(string Text, string Id, string Receipt);

/// <summary>Which service a call went to.</summary>
public enum StorageService
{
    Table,
    Queue,
    Blob,
}

/// <summary>One call to storage.</summary>
/// <param name="Number">Its number among all calls to the outside, from 1.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Service">The service it went to.</param>
/// <param name="Label">
/// What it does, the same in every run: <c>POST $batch</c>, <c>GET Work(...)</c> for one row, <c>GET Work()</c> for a query,
/// <c>POST outgoing-mail/messages</c>, <c>PUT smtp-slots/1 lease acquire</c>.
/// </param>
/// <param name="Uri">The whole address, keys and filters included.</param>
public sealed partial record StorageCall(int Number, string Method, StorageService Service, string Label, Uri Uri)
{
    /// <summary>The answer's status; null while there is none, or when it was lost.</summary>
    public int? Status { get; internal set; }

    internal static StorageService ServiceOf(HttpRequestMessage request)
    {
        // The emulator's addresses differ by port only; the client's name is in every request.
        var client = request.Headers.UserAgent.ToString();
        return client.Contains("Data.Tables", StringComparison.Ordinal) ? StorageService.Table
            : client.Contains("Storage.Queues", StringComparison.Ordinal) ? StorageService.Queue
            : client.Contains("Storage.Blobs", StringComparison.Ordinal) ? StorageService.Blob
            : throw new InvalidOperationException($"Not a client of Azure Storage: {client}");
    }

    internal static string LabelOf(HttpRequestMessage request, string namePrefix)
    {
        var uri = request.RequestUri!;

        // On the emulator the first segment is the account.
        var path = string.Concat(uri.Segments.Skip(uri.HostNameType is UriHostNameType.Dns ? 1 : 2));
        path = KeyOrId().Replace(path, match => match.Groups["queue"].Success ? "messages/(...)" : "(...)");
        if (namePrefix.Length > 0)
        {
            path = path.Replace(namePrefix + "-", "", StringComparison.OrdinalIgnoreCase).Replace(namePrefix, "", StringComparison.OrdinalIgnoreCase);
        }

        var lease = request.Headers.TryGetValues("x-ms-lease-action", out var actions) ? $" lease {string.Join(',', actions)}" : "";
        return $"{request.Method.Method} {path}{lease}";
    }

    // The keys of a row, or the id of a queue message.
    [GeneratedRegex(@"\(.+\)$|(?<queue>(?<=/)messages/.+$)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KeyOrId();
}

internal enum StorageFaultKind
{
    None,
    Fail,
    FailToConnect,
    LoseResponse,
    Hold,
    HoldResponse,
}

/// <summary>Something that goes wrong at storage, from the moment its kind is said until it is removed or used up.</summary>
public sealed class StorageFault
{
    private readonly StorageFaults _owner;
    private readonly Func<StorageCall, bool> _which;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pass;
    private int _left = int.MaxValue;

    internal StorageFault(StorageFaults owner, Func<StorageCall, bool> which)
    {
        _owner = owner;
        _which = which;
    }

    /// <summary>Completes when the fault has met its first call.</summary>
    public Task Reached => ReachedSource.Task;

    internal TaskCompletionSource ReachedSource { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task Released => _released.Task;

    internal StorageFaultKind Kind { get; private set; }

    internal HttpStatusCode Status { get; private set; }

    internal string ErrorCode { get; private set; } = "";

    /// <summary>Leaves the first calls alone.</summary>
    public StorageFault After(int calls)
    {
        _pass = calls;
        return this;
    }

    /// <summary>Meets that many calls, then no more.</summary>
    public StorageFault Times(int calls)
    {
        _left = calls;
        return this;
    }

    /// <inheritdoc cref="Times"/>
    public StorageFault Once() => Times(1);

    /// <summary>The service answers with an error, and does nothing.</summary>
    public StorageFault Fail(HttpStatusCode status = HttpStatusCode.ServiceUnavailable, string errorCode = "ServerBusy")
    {
        Status = status;
        ErrorCode = errorCode;
        return Begin(StorageFaultKind.Fail);
    }

    /// <summary>The service cannot be reached.</summary>
    public StorageFault FailToConnect() => Begin(StorageFaultKind.FailToConnect);

    /// <summary>The service does what it is asked, and its answer is lost: the SDK tries again and meets its own work.</summary>
    public StorageFault LoseResponse() => Begin(StorageFaultKind.LoseResponse);

    /// <summary>The request waits on its way, until <see cref="Release"/>.</summary>
    public StorageFault Hold() => Begin(StorageFaultKind.Hold);

    /// <summary>The service does what it is asked, and its answer waits on its way, until <see cref="Release"/>.</summary>
    public StorageFault HoldResponse() => Begin(StorageFaultKind.HoldResponse);

    /// <summary>Ends the fault, and lets go what it holds.</summary>
    public void Release()
    {
        _owner.Remove(this);
        _released.TrySetResult();
    }

    // Called under the owner's lock.
    internal bool Takes(StorageCall call)
    {
        if (_left == 0 || !_which(call))
        {
            return false;
        }

        if (_pass > 0)
        {
            _pass--;
            return false;
        }

        _left--;
        return true;
    }

    private StorageFault Begin(StorageFaultKind kind)
    {
        Kind = kind;
        _owner.Add(this);
        return this;
    }
}
