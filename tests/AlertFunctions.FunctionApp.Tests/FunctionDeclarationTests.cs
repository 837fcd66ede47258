using System.Globalization;
using System.Text.Json;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Testing;
using AlertFunctions.WorkerHost;
using Azure.Identity;
using Microsoft.Azure.Functions.Worker;

namespace AlertFunctions.FunctionApp.Tests;

public sealed class FunctionDeclarationTests
{
    [Fact]
    public void The_app_has_exactly_the_functions_of_the_design() => Assert.Equal(
        ["Api", "Console", "Health", "Read", "RecordEvents", "RedriveFailedMail", "RunScheduledTasks", "SendMail"],
        DeclaredFunction.All.Select(function => function.Name));

    [Theory]
    [InlineData("RecordEvents", AuthorizationLevel.Function, "get,head,post,put,patch,delete,options", "api/events")]
    [InlineData("Read", AuthorizationLevel.Function, "get,head", "api/{*path:")]
    [InlineData("Api", AuthorizationLevel.Function, "post,put,patch,delete,options", "api/{*path:")]
    [InlineData("Health", AuthorizationLevel.Anonymous, "get,head,post,put,patch,delete,options", "api/health")]
    [InlineData("Console", AuthorizationLevel.Anonymous, "get,head", "{*path:")]
    public void An_HTTP_function_asks_for_its_key_and_takes_its_methods(string name, AuthorizationLevel level, string methods, string routeBegins)
    {
        HttpTriggerAttribute trigger = Assert.IsType<HttpTriggerAttribute>(DeclaredFunction.Of(name).Http);
        Assert.Equal(level, trigger.AuthLevel);
        Assert.Equal(methods, string.Join(',', trigger.Methods!));
        Assert.StartsWith(routeBegins, trigger.Route, StringComparison.Ordinal);
    }

    [Fact]
    public void Mail_is_sent_by_the_queue_that_the_product_sends_to()
    {
        QueueTriggerAttribute trigger = Assert.IsType<QueueTriggerAttribute>(DeclaredFunction.Of("SendMail").Queue);
        var storage = new StorageClients(new StorageSettings("UseDevelopmentStorage=true"), new DefaultAzureCredential(), TimeProvider.System);
        Assert.Equal(storage.OutgoingMail.Name, trigger.QueueName);
        Assert.Equal(storage.PoisonMail.Name, $"{trigger.QueueName}-poison");
        Assert.Equal("AzureWebJobsStorage", trigger.Connection);
    }

    [Theory]
    [InlineData("RedriveFailedMail", "0 0 * * * *")]
    [InlineData("RunScheduledTasks", "0 * * * * *")]
    public void A_timer_runs_by_its_schedule_and_not_at_every_start(string name, string schedule)
    {
        TimerTriggerAttribute trigger = Assert.IsType<TimerTriggerAttribute>(DeclaredFunction.Of(name).Timer);
        Assert.Equal(schedule, trigger.Schedule);
        Assert.False(trigger.RunOnStartup);
    }

    [Fact]
    public void Every_function_has_one_trigger_and_can_be_called_by_generated_code() => Assert.All(DeclaredFunction.All, function =>
    {
        Assert.Single(new object?[] { function.Http, function.Queue, function.Timer }, trigger => trigger is not null);
        Assert.True(function.Method is { IsPublic: true, IsStatic: false, DeclaringType.IsVisible: true });
        Assert.True(function.Method.ReturnType.IsAssignableTo(typeof(Task)));
    });

    [Fact]
    public void The_host_lets_a_mail_be_finished_whatever_time_the_mail_server_takes()
    {
        using JsonDocument host = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("host.json")));
        var allowed = TimeSpan.Parse(host.RootElement.GetProperty("functionTimeout").GetString()!, CultureInfo.InvariantCulture);
        var slowest = new SmtpSettings { Timeout = TimeSpan.FromSeconds(120) };

        // Two minutes of sending, then one mail more: its connection was closed meanwhile, it connects again, and the server scans the body.
        Assert.True(TimeSpan.FromMinutes(2) + (4 * slowest.Timeout) + slowest.BodyReplyTimeout < allowed);
    }

    [Fact]
    public void The_hosts_settings_leave_the_routes_whole_and_handle_16_messages_at_once_with_5_tries()
    {
        using JsonDocument host = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("host.json")));
        JsonElement extensions = host.RootElement.GetProperty("extensions");
        Assert.Equal("", extensions.GetProperty("http").GetProperty("routePrefix").GetString());
        JsonElement queues = extensions.GetProperty("queues");
        Assert.Equal(8, queues.GetProperty("batchSize").GetInt32());
        Assert.Equal(8, queues.GetProperty("newBatchThreshold").GetInt32()); // with 0, one slow message would hold up the next batch
        Assert.Equal(5, queues.GetProperty("maxDequeueCount").GetInt32());
        Assert.Equal("base64", queues.GetProperty("messageEncoding").GetString());

        // With a bundle the host finds no function of an isolated worker, and says nothing.
        Assert.False(host.RootElement.TryGetProperty("extensionBundle", out _));
        Assert.False(File.Exists(Repository.PathOf("src", "AlertFunctions", "host.json")), "The root's host.json is the only one.");
    }
}
