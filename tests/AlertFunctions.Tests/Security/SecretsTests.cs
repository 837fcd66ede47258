using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using AlertFunctions.Core.Storage;
using AlertFunctions.Standalone;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Standalone;
using Azure.Core;
using Azure.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AlertFunctions.Tests.Security;

/// <summary>
/// What the product does, from end to end, with secrets that nobody could mistake: none of them is in a log at any level, in telemetry, in an answer or in
/// a mail, whatever fails on the way.
/// </summary>
public sealed class SecretsTests(AzuriteServer azurite) : IAsyncLifetime
{
    private const string Password = "Pw=/+é\"<&>'%-the password-%'>&<\"é+/=wP";
    private const string Token = "Tk=/+.eyJ-the-token-of-the-identity-.+/=kT";
    private const string EventsKey = "Ek=/+\"<&>'%-the-events-key-%'>&<\"+/=kE";
    private const string ReadKey = "Rk=/+\"<&>'%-the-read-key-%'>&<\"+/=kR";
    private const string ManageKey = "Mk=/+\"<&>'%-the-manage-key-%'>&<\"+/=kM";
    private const string WrongKey = "Wk=/+\"<&>'%-a-mistyped-key-%'>&<\"+/=kW";

    private static readonly string[] s_otherKeys = [EventsKey, ReadKey, WrongKey];

    private static readonly (string, string?)[] s_settings =
    [
        ("Keys:Events", EventsKey), ("Keys:Read", ReadKey), ("Keys:Manage", ManageKey), ("Smtp:UserName", "alerts@example.com"),
        ("Logging:LogLevel:Default", "Trace"), ("Logging:LogLevel:Microsoft.AspNetCore", "Trace"), ("Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics", "Trace"), ("Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel", "Trace"),
    ];

    private readonly Dictionary<string, string> _secrets = new(StringComparer.Ordinal)
    {
        ["the password"] = Password,
        ["the token"] = Token,
        ["the events key"] = EventsKey,
        ["the read key"] = ReadKey,
        ["the manage key"] = ManageKey,
        ["a mistyped key"] = WrongKey,
    };

    private Installation _installation = null!;
    private StorageFaults _storage = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await Installation.CreateAsync(azurite);
        _storage = new StorageFaults(TimeProvider.System, _installation.NamePrefix);
    }

    public async ValueTask DisposeAsync()
    {
        _storage.Heal();
        await _installation.DisposeAsync();
    }

    [Fact]
    public async Task No_password_no_key_and_no_account_key_gets_out_of_the_standalone_host()
    {
        _secrets["the account key"] = PartOf(_installation.Settings["AzureWebJobsStorage"]!, "AccountKey");
        _installation.Smtp.Capabilities = _installation.Smtp.Capabilities.Add("AUTH PLAIN LOGIN");

        await UseEverythingAsync(new DefaultAzureCredential(), ("Smtp:Authentication", "Password"), ("Smtp:Password", Password));

        Assert.Contains(_installation.Smtp.Logins, login => login.Secret == Password);
    }

    [Fact]
    public async Task No_token_and_no_shared_access_signature_gets_out_of_the_standalone_host()
    {
        string signature = SharedAccessSignature();
        _secrets["the signature"] = Uri.UnescapeDataString(signature.Split("sig=")[1].Split('&')[0]);
        string account = _installation.Settings["AzureWebJobsStorage"]!;
        _installation.Settings["AzureWebJobsStorage"] = $"BlobEndpoint={PartOf(account, "BlobEndpoint")};QueueEndpoint={PartOf(account, "QueueEndpoint")};TableEndpoint={PartOf(account, "TableEndpoint")};SharedAccessSignature={signature}";
        _installation.Smtp.Capabilities = _installation.Smtp.Capabilities.Add("AUTH XOAUTH2");

        await UseEverythingAsync(new OneToken(), ("Smtp:Authentication", "OAuth2"));

        Assert.Contains(_storage.Calls, call => call.Uri.Query.Contains("sig=", StringComparison.Ordinal));
        Assert.Contains(_installation.Smtp.Logins, login => login.Secret == Token);
        _installation.Settings["AzureWebJobsStorage"] = account;
    }

    [Theory]
    [InlineData("AzureWebJobsStorage", "DefaultEndpointsProtocol=http;AccountName=a;AccountKey={0}")] // no Base64
    [InlineData("AzureWebJobsStorage", "{0}")]
    [InlineData("AzureWebJobsStorage", "BlobEndpoint=https://a.example;SharedAccessSignature=sv=2024-11-04&ss=b&sig={0}")]
    [InlineData("AzureWebJobsStorage:tableServiceUri", "https://a.example/?sv=2024-11-04&sig={0}#")]
    [InlineData("Smtp:Server", "alerts:{0}@smtp.example.com")]
    [InlineData("AzureWebJobsStorage:accountName", "{0}==")]
    [InlineData("Smtp:Pasword", "{0}")]
    [InlineData("Smtp", "{0}")]
    [InlineData("Keys:Admin", "{0}")]
    [InlineData("Mail:ConsoleUrl", "https://ops:{0}@alerts.example.com")]
    [InlineData("urls", "http://ops:{0}@localhost:99999")]
    public async Task A_start_that_fails_repeats_no_secret_of_the_setting_that_is_wrong(string setting, string value)
    {
        using var search = new SecretSearch(new Dictionary<string, string>(StringComparer.Ordinal) { ["the secret"] = "a-secret-in-a-setting" });
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        string storage = setting.StartsWith("AzureWebJobsStorage", StringComparison.Ordinal) ? "" : _installation.Settings["AzureWebJobsStorage"]!;

        int code = await StandaloneHost.RunAsync(
            ["--environment=Production", "--urls=http://127.0.0.1:0", $"--AzureWebJobsStorage={storage}", $"--{setting}={string.Format(CultureInfo.InvariantCulture, value, "a-secret-in-a-setting")}"], output, error);

        search.Look("the output", $"{output}");
        search.Look("the error", $"{error}");
        Assert.Equal(1, code);
        Assert.Contains(SettingName(setting), $"{error}", StringComparison.Ordinal);
        Assert.Empty(search.Found);
    }

    [Theory]
    [InlineData("Pw=/+é\"<&>'%-the password-%'>&<\"é+/=wP")]
    [InlineData("{\"a\":\"Pw=/\\u002B\\u00E9\\u0022\\u003C\\u0026\\u003E\\u0027%-the\"}")]
    [InlineData("https://x/?code=Pw%3D%2F%2B%C3%A9%22%3C%26%3E%27%25-the")]
    [InlineData("AUTH PLAIN AGFsZXJ0cwBQdz0vK8OpIjwmPiclLXRoZSBwYXNzd29yZC0=")]
    [InlineData("ends with %&#x27;&gt;&amp;&lt;&quot;&#xE9;&#x2B;/=wP")]
    public void The_search_finds_a_secret_in_each_form_in_which_it_would_leak(string text)
    {
        using var search = new SecretSearch(_secrets);

        search.Look("a text", text);

        Assert.StartsWith("the password in a text", Assert.Single(search.Found), StringComparison.Ordinal);
    }

    private async Task UseEverythingAsync(TokenCredential credential, params (string, string?)[] settings)
    {
        using var search = new SecretSearch(_secrets);
        ScriptedSmtpServer smtp = _installation.Smtp;
        SmtpRule refuses = smtp.On(SmtpStep.Authenticate).Reply("535 5.7.8 Authentication credentials invalid");
        await using (RunningHost host = await RunningHost.StartAsync(
            _installation,
            search,
            services => services.AddSingleton(credential)
                .AddSingleton(new StorageClients(new(_installation.Settings["AzureWebJobsStorage"]), credential, TimeProvider.System, _installation.NamePrefix, _storage.Transport, StorageFaults.Retries)),
            [.. s_settings, .. settings]))
        {
            using var client = new HttpClient(search.LookingHandler()) { BaseAddress = host.Address };

            // Mail fails to sign in, waits, is tried again by hand, and arrives.
            await PutAsync("/api/users/ops", """{ "email": "anna@example.com", "receiveAlertMail": true }""");
            await PutAsync("/api/scheduled-tasks/daily", """{ "type": "generateReport", "schedule": "0 9 * * *", "recipients": { "allUsers": true }, "report": { "period": "P1D" } }""");
            Assert.Equal(HttpStatusCode.OK, await SendAsync("POST", "/api/events", EventsKey, """{ "computer": "web01", "alert": "Eicar", "message": "found" }"""));
            await refuses.Reached;
            Assert.Equal(HttpStatusCode.OK, await SendAsync("POST", "/api/mail/test", ManageKey, """{ "to": "someone@example.com" }"""));
            Assert.Equal(HttpStatusCode.OK, await SendAsync("POST", "/api/mail/test", ManageKey, """{ "to": "someone@example.com" }""", accept: "text/event-stream"));
            refuses.Remove();
            Assert.Equal(HttpStatusCode.OK, await SendAsync("POST", "/api/mail/test", ManageKey, """{ "to": "someone@example.com" }"""));
            Assert.Equal(HttpStatusCode.Accepted, await SendAsync("POST", "/api/mail/redrive", ManageKey));
            Assert.Equal(HttpStatusCode.Accepted, await SendAsync("POST", "/api/scheduled-tasks/daily/run", ManageKey));
            await smtp.WaitForAcceptedAsync(4); // the test mail, the alert to a user and to the alert address, the report

            await AskForEverythingAsync(host, client);

            // Storage refuses, and is not to be reached.
            _storage.When(_ => true).Fail(HttpStatusCode.Forbidden, "AuthenticationFailed");
            await AskForEverythingAsync(host, client);
            _storage.Heal();
            _storage.When(_ => true).FailToConnect();
            await AskForEverythingAsync(host, client);
            _storage.Heal();

            async Task PutAsync(string path, string json) => Assert.Equal(HttpStatusCode.OK, await SendAsync("PUT", path, ManageKey, json));

            async Task<HttpStatusCode> SendAsync(string method, string path, string key, string? json = null, string accept = "*/*") =>
                await SecretsTests.SendAsync(client, method, path, request =>
                {
                    request.Headers.Add("x-functions-key", key);
                    request.Headers.Add("Accept", accept);
                    request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
                });
        }

        Assert.All(smtp.Accepted, search.Look);
        Assert.InRange(search.Looks, 1_000, int.MaxValue);
        Assert.Empty(search.Found);
    }

    /// <summary>Asks every route with the key that opens all of them, and with another one, in the header and in the query.</summary>
    private static async Task AskForEverythingAsync(RunningHost host, HttpClient client)
    {
        foreach ((int number, HostRoute route) in HostRoute.AllOf(host.Get<EndpointDataSource>(), "GET", "POST").Index())
        {
            string other = s_otherKeys[number % s_otherKeys.Length];
            await SendAsync(client, route.Method, route.Path, request => request.Headers.Add("x-functions-key", number % 2 == 0 ? ManageKey : other));
            await SendAsync(client, route.Method, $"{route.Path}?code={Uri.EscapeDataString(ManageKey)}", _ => { });
            await SendAsync(client, route.Method, $"{route.Path}?unknown=1&CODE={Uri.EscapeDataString(other)}&code={Uri.EscapeDataString(WrongKey)}", _ => { });
        }

        await SendAsync(client, "GET", "/api/system-events?culture=en&top=1000", request => request.Headers.Add("x-functions-key", ReadKey));
        await SendRawAsync(host, $"GET /api/alerts?code={ManageKey}\u00FF HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        await SendRawAsync(host, $"GET /api/alerts HTTP/1.1\r\nHost: 127.0.0.1\r\nx-functions-key: {ManageKey}\0\r\n\r\n");
        await SendRawAsync(host, $"POST /api/events?code={Uri.EscapeDataString(ManageKey)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient client, string method, string path, Action<HttpRequestMessage> prepare)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        prepare(request);
        using HttpResponseMessage answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task SendRawAsync(RunningHost host, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, host.Address.Port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("HTTP/1.1 400 ", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    private static string SettingName(string setting) => setting == "urls" ? "ASPNETCORE_URLS" : setting.Replace(":", "__", StringComparison.Ordinal);

    private static string PartOf(string connectionString, string name) => connectionString.Split(';').Single(part => part.StartsWith($"{name}=", StringComparison.Ordinal))[(name.Length + 1)..];

    /// <summary>A signature that opens all three services for an hour.</summary>
    private string SharedAccessSignature()
    {
        string account = _installation.Settings["AzureWebJobsStorage"]!;
        var sas = new Azure.Storage.Sas.AccountSasBuilder(
            Azure.Storage.Sas.AccountSasPermissions.All, DateTimeOffset.UtcNow.AddHours(1), Azure.Storage.Sas.AccountSasServices.All, Azure.Storage.Sas.AccountSasResourceTypes.All);
        return sas.ToSasQueryParameters(new Azure.Storage.StorageSharedKeyCredential(PartOf(account, "AccountName"), PartOf(account, "AccountKey"))).ToString();
    }

    private sealed class OneToken : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(Token, DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
