using System.Net;
using System.Net.Http.Json;
using AlertFunctions.Testing;
using AlertFunctions.WorkerHost;

namespace AlertFunctions.FunctionApp.Tests;

/// <summary>The published app at work with secrets that nobody could mistake: none of them is in its log at any level, in an answer or in a mail.</summary>
public sealed class SecretsTests(PublishedApp published, AzuriteServer azurite)
{
    private const string Password = "Pw=/+é\"<&>'%-the password-%'>&<\"é+/=wP";
    private const string Key = "Fk=/+\"<&>'%-the-function-key-%'>&<\"+/=kF";

    [Fact]
    public async Task No_password_no_key_and_no_account_key_gets_out_of_the_worker()
    {
        await using HostedApp app = await HostedApp.StartAsync(published, new()
        {
            ["Smtp:Authentication"] = "Password",
            ["Smtp:UserName"] = "alerts@example.com",
            ["Smtp:Password"] = Password,
            ["Logging:LogLevel:Default"] = "Trace",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace",
        });
        using var search = new SecretSearch(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["the password"] = Password,
            ["the function key"] = Key,
            ["the account key"] = app.Installation.Settings["AzureWebJobsStorage"]!.Split("AccountKey=")[1].Split(';')[0],
        });
        app.Smtp.Capabilities = app.Smtp.Capabilities.Add("AUTH PLAIN LOGIN");
        SmtpRule refuses = app.Smtp.On(SmtpStep.Authenticate).Reply("535 5.7.8 Authentication credentials invalid");
        await app.PostEventAsync("Eicar");
        await app.RunQueueAsync();
        await AskAsync(app, search, "POST", "/api/mail/test", JsonContent.Create(new { to = "someone@example.com" }));
        await AskForEverythingAsync(app, search);
        refuses.Remove();
        await app.Installation.MakeAllMailDueAsync();
        await app.Host.RunTimerAsync("RedriveFailedMail");
        await app.RunQueueAsync();
        await AskForEverythingAsync(app, search);

        Assert.NotEmpty(app.Smtp.Accepted);
        Assert.All(app.Smtp.Accepted, search.Look);
        Assert.NotEmpty(app.Host.Worker.Output);
        Assert.All(app.Host.Worker.Output, line => search.Look("the worker's log", line));
        Assert.Contains(app.Smtp.Logins, login => login.Secret == Password);
        Assert.Empty(search.Found);
    }

    /// <summary>The Functions host takes no key away: it gives the request to the worker as it came.</summary>
    private async Task AskForEverythingAsync(HostedApp app, SecretSearch search)
    {
        await using FunctionAppUnderTest described = await FunctionAppUnderTest.StartAsync(azurite);
        foreach (HostRoute route in described.Routes.Where(route => route.Method == "GET"))
        {
            await AskAsync(app, search, route.Method, $"{route.Path}?code={Uri.EscapeDataString(Key)}");
            await AskAsync(app, search, route.Method, $"{route.Path}?unknown=1&Code={Uri.EscapeDataString(Key)}");
        }

        await AskAsync(app, search, "GET", "/api/system-events?culture=en&top=1000");
    }

    private static async Task AskAsync(HostedApp app, SecretSearch search, string method, string path, HttpContent? body = null)
    {
        using HttpResponseMessage answer = await app.Host.SendAsync(new HttpMethod(method), path, body);
        search.Look($"answer to {method} {path.Split('?')[0]}", answer.Headers.ToString());
        search.Look($"answer to {method} {path.Split('?')[0]}", await answer.Content.ReadAsStringAsync());
        Assert.NotEqual(HttpStatusCode.InternalServerError, answer.StatusCode);
    }
}
