using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Failures;
using Microsoft.Extensions.Hosting;

namespace AlertFunctions.Tests.Operation;

/// <summary>What a start says so that nobody has to find it out from a mail.</summary>
public sealed class StartupReportTests(AzuriteServer azurite) : FailureTests(azurite)
{
    /// <summary>"Mail has no link to the console".</summary>
    private const int NoLink = 426;

    [Theory]
    [InlineData("mx.example.com", "http://localhost:7071", true)]
    [InlineData("mx.example.com", "https://alerts.example.com", false)]
    [InlineData("127.0.0.1", "http://localhost:7071", false)]
    public async Task A_start_says_that_mail_has_no_link_and_which_setting_gives_it_one(string server, string console, bool isSaid)
    {
        Installation.Settings["Smtp:Server"] = server;
        Installation.Settings["Mail:ConsoleUrl"] = console;
        Product.Log.Expect(NoLink);

        await Product.Get<IEnumerable<IHostedService>>().OfType<StartupReport>().Single().StartedAsync(CancellationToken.None);

        Assert.Equal(isSaid, Product.Log.Entries.Any(entry => entry.EventId.Id == NoLink && entry.Message.Contains("Set Mail__ConsoleUrl", StringComparison.Ordinal)));
    }
}
