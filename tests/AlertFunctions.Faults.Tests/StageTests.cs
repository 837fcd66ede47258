using System.Net.Http.Json;
using System.Text.Json;
using AlertFunctions.Faults.Stage;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Faults.Tests;

public sealed class StageTests
{
    [Fact]
    public async Task A_host_is_given_a_clock_that_is_wrong()
    {
        await using var azurite = new AzuriteServer();
        Dictionary<string, string> settings = ShiftedClock.EnvironmentFor(TimeSpan.FromHours(-3));
        settings["AzureWebJobsStorage"] = await azurite.GetConnectionStringAsync();
        await using HostProcess host = await HostProcess.StartAsync(settings);
        using HttpResponseMessage answer = await host.Client.PostAsJsonAsync(new Uri("/api/events", UriKind.Relative), new { computer = "web01", alert = "Eicar" });
        answer.EnsureSuccessStatusCode();
        JsonElement alerts = await host.Client.GetFromJsonAsync<JsonElement>(new Uri("/api/alerts", UriKind.Relative));
        DateTimeOffset raisedAt = alerts.GetProperty("items")[0].GetProperty("raisedAt").GetDateTimeOffset();
        Assert.InRange(DateTimeOffset.UtcNow - raisedAt, TimeSpan.FromHours(3), TimeSpan.FromHours(4));
    }

    [Fact]
    public Task Storage_that_is_stopped_in_order_keeps_what_it_has_answered_at_the_same_address() => WithKeptStorageAsync(async (azurite, _, table) =>
    {
        await table.AddEntityAsync(new TableEntity("p", "a"));
        await azurite.StopAsync();
        await azurite.StartAsync();
        Assert.Equal("a", (await table.GetEntityAsync<TableEntity>("p", "a")).Value.RowKey);
    });

    [Fact]
    public Task Storage_that_is_stopped_while_it_writes_keeps_what_it_has_answered() => WithKeptStorageAsync(async (azurite, folder, table) =>
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), async (number, token) =>
            await table.AddEntityAsync(new TableEntity("p", $"{number}") { ["One"] = new string('x', 30_000), ["Other"] = new string('y', 30_000) }, token));

        // It writes every few seconds.
        while (!folder.EnumerateFiles("*table*~").Any())
        {
            await Task.Yield();
        }

        await azurite.StopAsync();
        await azurite.StartAsync();
        Assert.Equal(200, await table.QueryAsync<TableEntity>(select: ["RowKey"]).CountAsync());
    });

    private static async Task WithKeptStorageAsync(Func<AzuriteServer, DirectoryInfo, TableClient, Task> test)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no SIGTERM.");
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("alertfunctions-azurite-");
        await using (AzuriteServer azurite = AzuriteServer.KeptIn(folder))
        {
            var table = new TableClient(await azurite.GetConnectionStringAsync(), "Kept");
            await table.CreateAsync();
            await test(azurite, folder, table);
        }

        folder.Delete(recursive: true);
    }
}
