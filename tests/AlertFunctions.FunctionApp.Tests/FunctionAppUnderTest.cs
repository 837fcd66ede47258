using System.Net;
using System.Text;
using System.Text.Json;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Testing;
using AlertFunctions.WorkerHost;
using Azure.Identity;
using Azure.Storage.Queues;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.FunctionApp.Tests;

/// <summary>The function app as its entry point puts it together, on storage of its own, with a Functions host that does what a test tells it.</summary>
internal sealed class FunctionAppUnderTest : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly string _connection;

    private FunctionAppUnderTest(IHost host, string connection)
    {
        _host = host;
        _connection = connection;
    }

    public FakeClock Clock => (FakeClock)_host.Services.GetRequiredService<TimeProvider>();

    /// <summary>Every route that the contract has in this host.</summary>
    public IReadOnlyList<HostRoute> Routes
    {
        get
        {
            _ = _host.Services.GetRequiredService<Pipeline>(); // which maps them
            return HostRoute.AllOf(_host.Services.GetRequiredService<EndpointDataSource>());
        }
    }

    private StorageClients Storage => _host.Services.GetRequiredService<StorageClients>();

    public static async Task<FunctionAppUnderTest> StartAsync(AzuriteServer azurite, int smtpPort = 25)
    {
        string connection = await azurite.GetConnectionStringAsync();
        var clock = new FakeClock();
        FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(
        [
            "--AzureWebJobsStorage=UseDevelopmentStorage=true",
            $"--Smtp:Server={ScriptedSmtpServer.Host}:{smtpPort}",
            "--Smtp:Security=None",
            "--Smtp:From=alerts@example.com",
            "--Mail:AlertEmailAddress=ops@example.com",
            "--Mail:Culture=en",
        ]);
        builder.Environment.EnvironmentName = Environments.Development;
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddSingleton(new StorageClients(new StorageSettings(connection), new DefaultAzureCredential(), clock, AzuriteServer.NewNamePrefix()));
        builder.Logging.AddProvider(new TestLog());
        var app = new FunctionAppUnderTest(FunctionAppHost.Build(builder), connection);
        await FunctionAppHost.CreateDevelopmentStorageAsync(app._host.Services, CancellationToken.None);
        return app;
    }

    /// <summary>Sends a request the way the Functions host does: to the function whose route fits, by which key it was let in.</summary>
    public async Task<Answer> RequestAsync(string method, string path, string? body = null)
    {
        string[] parts = path.Split('?', 2);
        DeclaredFunction function = Assert.IsType<DeclaredFunction>(await FunctionRouting.OfHostAsync(method, parts[0], FunctionRouting.HostOrder));
        Answer answer = await CallAsync(function.Name, method, path, body);
        (await OpenApiContract.OfProductAsync()).Check(new Exchange(method, path, "application/json", body is null ? null : Encoding.UTF8.GetBytes(body), (HttpStatusCode)answer.Status, answer.ContentType, answer.Body, []));
        return answer;
    }

    /// <summary>Calls an HTTP function with a request that the worker has routed to it.</summary>
    public async Task<Answer> CallAsync(string function, string method, string path, string? body = null)
    {
        await using AsyncServiceScope scope = _host.Services.CreateAsyncScope();
        string[] parts = path.Split('?', 2);
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        context.Request.Method = method;
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("localhost", 7071);
        context.Request.Path = parts[0];
        context.Request.QueryString = new QueryString(parts.Length == 2 ? $"?{parts[1]}" : "");
        context.Response.Body = new MemoryStream();
        if (body is not null)
        {
            context.Request.ContentType = "application/json";
            context.Request.ContentLength = Encoding.UTF8.GetByteCount(body);
            context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        }

        var workersEndpoint = new Endpoint(_ => throw new InvalidOperationException("The worker's endpoint ran again."), EndpointMetadataCollection.Empty, function);
        context.SetEndpoint(workersEndpoint);
        context.Request.RouteValues["path"] = "what the worker matched";

        object? result = await InvokeAsync(scope.ServiceProvider, function, context.Request);

        Assert.Same(workersEndpoint, context.GetEndpoint());
        Assert.Equal(["path"], context.Request.RouteValues.Keys);
        await Assert.IsType<IActionResult>(result, exactMatch: false).ExecuteResultAsync(new ActionContext { HttpContext = context });
        await context.Response.CompleteAsync();
        string text = Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());
        return new Answer(context.Response.StatusCode, context.Response.ContentType, text, result!);
    }

    /// <summary>Runs a timer function.</summary>
    public async Task TickAsync(string function)
    {
        await using AsyncServiceScope scope = _host.Services.CreateAsyncScope();
        await InvokeAsync(scope.ServiceProvider, function, new TimerInfo());
    }

    /// <summary>Sends a message that is none of the product's.</summary>
    public Task SendMessageAsync(string text) => Storage.OutgoingMail.SendMessageAsync(text);

    /// <summary>Puts a message into the poison queue as the Functions host does with one that it cannot decode: its text as it came.</summary>
    public Task MovePoisonAsync(string text) => new QueueClient(_connection, Storage.PoisonMail.Name, new QueueClientOptions(QueueClientOptions.ServiceVersion.V2024_11_04)).SendMessageAsync(text);

    /// <summary>Hands what the queue holds to the queue function, message by message, until it is empty, and tells how many there were.</summary>
    public async Task<int> HandleQueueAsync()
    {
        int handled = 0;
        while ((await Storage.OutgoingMail.ReceiveMessageAsync()).Value is { } message)
        {
            await using AsyncServiceScope scope = _host.Services.CreateAsyncScope();
            await InvokeAsync(scope.ServiceProvider, "SendMail", message.MessageText);
            await Storage.OutgoingMail.DeleteMessageAsync(message.MessageId, message.PopReceipt);
            handled++;
        }

        return handled;
    }

    public async ValueTask DisposeAsync() => await ((IAsyncDisposable)_host).DisposeAsync();

    /// <summary>Makes an instance for the invocation and binds the parameters, as the worker does.</summary>
    private static async Task<object?> InvokeAsync(IServiceProvider services, string name, object trigger)
    {
        DeclaredFunction function = DeclaredFunction.Of(name);
        object instance = ActivatorUtilities.CreateInstance(services, function.Method.DeclaringType!);
        object[] arguments = [.. function.Method.GetParameters().Select(parameter => parameter.ParameterType == typeof(CancellationToken) ? CancellationToken.None : trigger)];
        var task = (Task)function.Method.Invoke(instance, arguments)!;
        await task;
        return task is Task<IActionResult> http ? await http : null;
    }
}

/// <summary>What a function has answered.</summary>
internal sealed record Answer(int Status, string? ContentType, string Body, object Result)
{
    public JsonElement Json => JsonElement.Parse(Body);
}
