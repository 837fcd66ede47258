using System.Globalization;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Testing;
using AlertFunctions.WorkerHost;
using Azure.Identity;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.FunctionApp.Tests;

public sealed class FunctionAppHostTests(AzuriteServer azurite)
{
    [Fact]
    public async Task Wrong_settings_stop_the_start_each_with_its_name_and_what_it_accepts()
    {
        var error = new StringWriter(CultureInfo.InvariantCulture);
        Assert.Equal(1, await FunctionAppHost.RunAsync(["--AzureWebJobsStorage=UseDevelopmentStorage=true", "--Smtp:Security=Sideways", "--Smtp:MaxConnections=33"], error));
        string[] lines = error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("Error: Smtp__Security is 'Sideways', but must be one of None, StartTls, Tls.", lines);
        Assert.Contains(lines, line => line.StartsWith("Error: Smtp__MaxConnections is '33', but must be ", StringComparison.Ordinal));

        // The Functions host logs any other line as information.
        Assert.All(lines, line => Assert.StartsWith("Error: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_function_class_can_be_made_of_the_hosts_services_in_every_environment()
    {
        using IHost host = FunctionAppHost.Build(NewBuilder("Production", "--AzureWebJobsStorage:accountName=account"));
        using IServiceScope scope = host.Services.CreateScope();
        Assert.All(DeclaredFunction.All, function => Assert.NotNull(ActivatorUtilities.CreateInstance(scope.ServiceProvider, function.Method.DeclaringType!)));
    }

    [Theory]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Information, false)]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning, true)]
    [InlineData("AlertFunctions.Core.Mail.MailRedriver", LogLevel.Information, true)]
    public void ASP_NET_Cores_lines_about_each_request_are_left_to_the_Functions_host(string category, LogLevel level, bool logged)
    {
        FunctionsApplicationBuilder builder = NewBuilder("Production", "--AzureWebJobsStorage:accountName=account");
        builder.Logging.AddProvider(new TestLog());
        using IHost host = FunctionAppHost.Build(builder);
        Assert.Equal(logged, host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category).IsEnabled(level));
    }

    [Theory]
    [InlineData("Development", "UseDevelopmentStorage=true", true)]
    [InlineData("Development", "usedevelopmentstorage=true;", true)]
    [InlineData("Development", null, false)]
    [InlineData("Production", "UseDevelopmentStorage=true", false)]
    public async Task Storage_is_created_at_start_in_the_emulator_and_nowhere_else(string environment, string? connection, bool created)
    {
        string real = await azurite.GetConnectionStringAsync();
        FunctionsApplicationBuilder builder = NewBuilder(environment, $"--AzureWebJobsStorage={connection ?? real}");
        var storage = new StorageClients(new StorageSettings(real), new DefaultAzureCredential(), TimeProvider.System, AzuriteServer.NewNamePrefix());
        builder.Services.AddSingleton(storage);
        using IHost host = FunctionAppHost.Build(builder);
        await FunctionAppHost.CreateDevelopmentStorageAsync(host.Services, CancellationToken.None);
        Assert.Equal(created, (await storage.OutgoingMail.ExistsAsync()).Value);
    }

    /// <summary>The worker's builder takes its environment from the process's variables, which tests that run in parallel cannot set.</summary>
    private static FunctionsApplicationBuilder NewBuilder(string environment, params string[] args)
    {
        FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);
        builder.Environment.EnvironmentName = environment;
        return builder;
    }
}
