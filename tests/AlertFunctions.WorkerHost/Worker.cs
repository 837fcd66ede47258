using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using AlertFunctions.Testing;
using AlertFunctions.WorkerHost.Protocol;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace AlertFunctions.WorkerHost;

/// <summary>One process of the published app, and what is said to it.</summary>
internal sealed class Worker : IAsyncDisposable
{
    /// <summary>Generous: it ends a test that would hang, and never decides one that works.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private readonly string _folder;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _questions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _invocations = new(StringComparer.Ordinal);
    private readonly Channel<StreamingMessage> _outgoing = Channel.CreateUnbounded<StreamingMessage>();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _http = new(new RetryHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }));

    private Task _exited = Task.CompletedTask;

    /// <summary>Prepares the process the way the Functions host does.</summary>
    /// <param name="id">By what it is known when it connects.</param>
    /// <param name="folder">Where the app was published to.</param>
    /// <param name="hostAddress">Where it connects to.</param>
    /// <param name="settings">The app's settings.</param>
    public Worker(string id, string folder, Uri hostAddress, IReadOnlyDictionary<string, string?> settings)
    {
        _folder = folder;
        string[] arguments =
        [
            Path.Combine(folder, "AlertFunctions.dll"),
            "--functions-uri", hostAddress.ToString(),
            "--functions-worker-id", id,
            "--functions-request-id", Guid.NewGuid().ToString(),
            "--functions-grpc-max-message-length", int.MaxValue.ToString(CultureInfo.InvariantCulture),
        ];
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = folder;
        start.Environment["FUNCTIONS_WORKER_DIRECTORY"] = folder;
        foreach ((string name, string? value) in settings)
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => NoteOutput(line.Data);
        _process.ErrorDataReceived += (_, line) => NoteOutput(line.Data);
    }

    /// <summary>What the worker announced, by the functions' names.</summary>
    public IReadOnlyDictionary<string, RpcFunctionMetadata> Functions { get; private set; } = new Dictionary<string, RpcFunctionMetadata>(StringComparer.Ordinal);

    /// <summary>What it has written and logged so far, line by line.</summary>
    public IReadOnlyCollection<string> Output => _output;

    /// <summary>Completes when the process has ended, however it ended.</summary>
    public Task Ended => _exited;

    /// <summary>Whether the worker was told to stop: a host gives nothing more to it.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>Starts the process, and waits until it has connected, told what it is able to do, and loaded all its functions.</summary>
    public async Task StartAsync()
    {
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _exited = _process.WaitForExitAsync();
        await UnlessEndedAsync(_connected.Task);
        WorkerInitResponse able = (await AskAsync(new() { WorkerInitRequest = new() { HostVersion = "4.1037.0", WorkerDirectory = _folder, FunctionAppDirectory = _folder } })).WorkerInitResponse;
        RequireSuccess(able.Result);
        _http.BaseAddress = new Uri(able.Capabilities["HttpUri"]);

        FunctionMetadataResponse announced = (await AskAsync(new() { FunctionsMetadataRequest = new() { FunctionAppDirectory = _folder } })).FunctionMetadataResponse;
        RequireSuccess(announced.Result);
        Functions = announced.FunctionMetadataResults.ToDictionary(function => function.Name, StringComparer.Ordinal);
        foreach (RpcFunctionMetadata function in Functions.Values)
        {
            RequireSuccess((await AskAsync(new() { FunctionLoadRequest = new() { FunctionId = function.FunctionId, Metadata = function } })).FunctionLoadResponse.Result);
        }
    }

    /// <summary>Runs a function that no HTTP request triggers.</summary>
    /// <param name="function">The function's name.</param>
    /// <param name="trigger">What its one parameter is bound to.</param>
    /// <param name="metadata">What the trigger tells beside that.</param>
    /// <exception cref="WorkerFailedException">The function threw.</exception>
    /// <exception cref="WorkerEndedException">The worker ended meanwhile.</exception>
    public Task InvokeAsync(string function, TypedData trigger, IReadOnlyDictionary<string, TypedData> metadata) => InvokeAsync(function, Guid.NewGuid().ToString(), trigger, metadata);

    /// <summary>
    /// Sends a request to an HTTP function: the invocation goes over the stream, the request itself to the worker's own server, and the header
    /// tells the worker which belong together.
    /// </summary>
    /// <param name="function">The function's name.</param>
    /// <param name="request">The request, with a relative address.</param>
    /// <param name="metadata">What the trigger tells beside that.</param>
    public async Task<HttpResponseMessage> SendAsync(string function, HttpRequestMessage request, IReadOnlyDictionary<string, TypedData> metadata)
    {
        string invocation = Guid.NewGuid().ToString();
        request.Headers.Add("x-ms-invocation-id", invocation);
        Task<HttpResponseMessage> answer = _http.SendAsync(request);
        await InvokeAsync(function, invocation, new TypedData { Http = new() }, metadata, TraceOf(request));
        return await answer;
    }

    /// <summary>Gives a request to a function, as the Functions host does it, and comes back with the answer as soon as it begins.</summary>
    /// <param name="function">The function's name.</param>
    /// <param name="request">The request.</param>
    /// <param name="metadata">What the host says about the trigger.</param>
    /// <returns>The answer, whose body may go on to come, and the end of the invocation.</returns>
    public async Task<(HttpResponseMessage Answer, Task Ended)> BeginAsync(string function, HttpRequestMessage request, IReadOnlyDictionary<string, TypedData> metadata)
    {
        string invocation = Guid.NewGuid().ToString();
        request.Headers.Add("x-ms-invocation-id", invocation);
        Task<HttpResponseMessage> answer = _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Task ended = InvokeAsync(function, invocation, new TypedData { Http = new() }, metadata, TraceOf(request));
        return (await answer, ended);
    }

    /// <summary>Ends the process in the middle of whatever it does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _exited;
    }

    /// <summary>Tells the process to stop without telling it over the stream, as a container does that ends both at once.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> SignalToStopAsync()
    {
        IsStopping = true;
        await ProcessSignal.Terminate.SendAsync(_process);
        return await ExitCodeAsync();
    }

    /// <summary>Stops the worker as a stopping host does: cancels running functions, waits for them, and then terminates the worker.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        IsStopping = true;
        foreach (string invocation in _invocations.Keys)
        {
            Tell(new() { InvocationCancel = new() { InvocationId = invocation, GracePeriod = Duration.FromTimeSpan(s_patience) } });
        }

        await Task.WhenAll(_invocations.Values).WaitAsync(s_patience);
        Tell(new() { WorkerTerminate = new() { GracePeriod = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)) } });
        return await ExitCodeAsync();
    }

    /// <summary>Reads what the worker says and writes what is said to it, until either has ended.</summary>
    public async Task ServeAsync(IAsyncStreamReader<StreamingMessage> fromWorker, IServerStreamWriter<StreamingMessage> toWorker, CancellationToken disconnected)
    {
        _connected.SetResult();
        Task writing = WriteAsync(toWorker, disconnected);
        try
        {
            await foreach (StreamingMessage message in fromWorker.ReadAllAsync(disconnected))
            {
                if (message.ContentCase == StreamingMessage.ContentOneofCase.RpcLog)
                {
                    NoteOutput($"{message.RpcLog.Level} {message.RpcLog.Category}: {message.RpcLog.Message} {message.RpcLog.Exception?.Message}");
                }
                else if (_questions.TryRemove(message.RequestId, out TaskCompletionSource<StreamingMessage>? question))
                {
                    question.SetResult(message);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            NoteOutput($"The worker's stream broke: {exception.Message}");
        }
        finally
        {
            _outgoing.Writer.TryComplete();
            await writing;
        }
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

    /// <summary>The host passes a request's trace on in both ways in which it passes the request.</summary>
    private static string TraceOf(HttpRequestMessage request) => request.Headers.TryGetValues("traceparent", out IEnumerable<string>? values) ? values.Single() : "";

    private async Task InvokeAsync(string function, string invocation, TypedData trigger, IReadOnlyDictionary<string, TypedData> metadata, string trace = "")
    {
        RpcFunctionMetadata target = Functions[function];
        var request = new InvocationRequest { InvocationId = invocation, FunctionId = target.FunctionId, TraceContext = new() { TraceParent = trace } };
        request.InputData.Add(new ParameterBinding { Name = target.Bindings.Single(binding => binding.Value.Type.EndsWith("Trigger", StringComparison.Ordinal)).Key, Data = trigger });
        foreach ((string name, TypedData value) in metadata)
        {
            request.TriggerMetadata.Add(name, value);
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _invocations[invocation] = done.Task;
        try
        {
            RequireSuccess((await AskAsync(new() { InvocationRequest = request })).InvocationResponse.Result);
        }
        finally
        {
            _invocations.TryRemove(invocation, out _);
            done.SetResult();
        }
    }

    private async Task<StreamingMessage> AskAsync(StreamingMessage question)
    {
        question.RequestId = Guid.NewGuid().ToString();
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions[question.RequestId] = answer;
        Tell(question);
        await UnlessEndedAsync(answer.Task);
        return await answer.Task;
    }

    // A stream that has ended takes nothing more; whoever waits for an answer learns that from the process's end.
    private void Tell(StreamingMessage message) => _outgoing.Writer.TryWrite(message);

    private async Task UnlessEndedAsync(Task task)
    {
        if (await Task.WhenAny(task, _exited).WaitAsync(s_patience) != task)
        {
            throw new WorkerEndedException($"The worker ended with {_process.ExitCode}.\n{string.Join('\n', _output)}");
        }
    }

    private async Task WriteAsync(IServerStreamWriter<StreamingMessage> toWorker, CancellationToken disconnected)
    {
        await foreach (StreamingMessage message in _outgoing.Reader.ReadAllAsync(CancellationToken.None))
        {
            if (!disconnected.IsCancellationRequested)
            {
                await toWorker.WriteAsync(message, CancellationToken.None);
            }
        }
    }

    private async Task<int> ExitCodeAsync()
    {
        await _exited.WaitAsync(s_patience);
        return _process.ExitCode;
    }

    private void NoteOutput(string? line)
    {
        if (line is not null)
        {
            _output.Enqueue(line);
        }
    }

    private static void RequireSuccess(StatusResult result)
    {
        if (result.Status != StatusResult.Types.Status.Success)
        {
            throw new WorkerFailedException(result);
        }
    }

    /// <summary>A worker says where its HTTP server will be before that listens, and when it does it tells nobody: the Functions host tries again, too.</summary>
    private sealed class RetryHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            for (TimeSpan delay = TimeSpan.FromMilliseconds(50); ; delay *= 2)
            {
                try
                {
                    return await base.SendAsync(request, cancellationToken);
                }
                catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError && delay < s_patience)
                {
                    await Task.Delay(delay, cancellationToken);
                }
            }
        }
    }
}
