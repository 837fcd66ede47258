using System.Text.Json;
using AlertFunctions.WorkerHost;

namespace AlertFunctions.FunctionApp.Tests;

/// <summary>What a deployment carries, and what it tells the Functions host.</summary>
public sealed class PublishedAppTests(PublishedApp app)
{
    [Fact]
    public async Task The_package_declares_each_function_as_the_code_does()
    {
        string[] declared = [.. DeclaredFunction.All.Select(Describe)];
        Assert.Equal(declared, from function in (await ReadAsync("functions.metadata")).EnumerateArray()
                               let described = Describe(function)
                               orderby described.ToUpperInvariant()
                               select described);
    }

    [Theory]
    [InlineData("RecordEvents", "httpTrigger Function get,head,post,put,patch,delete,options api/events")]
    [InlineData("Health", "httpTrigger Anonymous get,head,post,put,patch,delete,options api/health")]
    [InlineData("Read", "httpTrigger Function get,head api/{*path:regex(^(?!(events|health)/?$))}")]
    [InlineData("Api", "httpTrigger Function post,put,patch,delete,options api/{*path:regex(^(?!(events|health)/?$))}")]
    [InlineData("Console", "httpTrigger Anonymous get,head {*path:regex(^(?!/*(api|admin|runtime)(/|$)))=index.html}")]
    [InlineData("SendMail", "queueTrigger String outgoing-mail AzureWebJobsStorage")]
    [InlineData("RedriveFailedMail", "timerTrigger 0 0 * * * *")]
    [InlineData("RunScheduledTasks", "timerTrigger 0 * * * * *")]
    public async Task The_package_tells_the_host_what_triggers_a_function(string name, string trigger) => Assert.Equal(
        $"{name}: {trigger}",
        Describe((await ReadAsync("functions.metadata")).EnumerateArray().Single(function => function.GetProperty("name").GetString() == name)));

    [Fact]
    public async Task The_host_finds_the_extensions_that_the_triggers_need()
    {
        string folder = await app.GetFolderAsync();
        JsonElement[] extensions = [.. (await ReadAsync("extensions.json")).GetProperty("extensions").EnumerateArray()];

        // HTTP and timers are the host's own.
        Assert.Equal(["AzureStorageQueues", "Startup"], extensions.Select(extension => extension.GetProperty("name").GetString()).Order());
        Assert.All(extensions, extension => Assert.True(File.Exists(Path.Combine(folder, extension.GetProperty("hintPath").GetString()!))));
    }

    [Fact]
    public async Task The_host_starts_the_app_with_the_settings_of_the_repository()
    {
        JsonElement description = (await ReadAsync("worker.config.json")).GetProperty("description");
        Assert.Equal("dotnet-isolated", description.GetProperty("language").GetString());
        Assert.Equal("AlertFunctions.dll", description.GetProperty("defaultWorkerPath").GetString());
        Assert.Equal(await File.ReadAllTextAsync(Testing.Repository.PathOf("host.json"), TestContext.Current.CancellationToken),
            await File.ReadAllTextAsync(Path.Combine(await app.GetFolderAsync(), "host.json"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task No_development_tool_and_no_local_setting_leaves_the_developers_machine()
    {
        string folder = await app.GetFolderAsync();
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Select(entry => Path.GetRelativePath(folder, entry)), entry =>
            entry.Contains("local.settings", StringComparison.OrdinalIgnoreCase)
            || entry.Contains("AlertFunctions.Development", StringComparison.OrdinalIgnoreCase)
            || entry.Contains("AlertFunctions.Standalone", StringComparison.OrdinalIgnoreCase)
            || entry.Contains("azurite", StringComparison.OrdinalIgnoreCase)
            || entry.Contains("maildev", StringComparison.OrdinalIgnoreCase)
            || entry.Contains("node_modules", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task The_package_carries_native_code_for_the_platform_of_Azure_and_no_other()
    {
        string folder = await app.GetFolderAsync();
        Assert.Equal(
            ["runtimes/linux-x64/native/libHarfBuzzSharp.so", "runtimes/linux-x64/native/libSkiaSharp.so"],
            Directory.EnumerateFiles(folder, "lib*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal));

        // 39 MB, of which 16 are left when it is packed.
        Assert.InRange(new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length), 1, 50_000_000);
    }

    private static string Describe(DeclaredFunction function) => function switch
    {
        { Http: { } http } => $"{function.Name}: httpTrigger {http.AuthLevel} {string.Join(',', http.Methods!)} {http.Route}",
        { Queue: { } queue } => $"{function.Name}: queueTrigger String {queue.QueueName} {queue.Connection}",
        { Timer: { } timer } => $"{function.Name}: timerTrigger {timer.Schedule}",
        _ => function.Name,
    };

    private static string Describe(JsonElement function)
    {
        JsonElement trigger = function.GetProperty("bindings").EnumerateArray().First();
        IEnumerable<string> parts =
            from property in trigger.EnumerateObject()
            where property.Name is not ("name" or "direction" or "properties")
            let value = property.Value
            select (property.Name == "type", value.ValueKind == JsonValueKind.Array ? string.Join(',', value.EnumerateArray()) : value.ToString()) into part
            orderby part.Item1 descending
            select part.Item2;
        return $"{function.GetProperty("name")}: {string.Join(' ', parts)}";
    }

    private async Task<JsonElement> ReadAsync(string file) => JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(await app.GetFolderAsync(), file)));
}
