using System.Text.Json.Nodes;
using AlertFunctions.Core.Settings;
using AlertFunctions.Testing;
using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Configuration;

namespace AlertFunctions.Tests.Failures;

/// <summary>Signing in with the app's Azure identity, and where credentials are never sent.</summary>
public sealed class SignInTests(AzuriteServer azurite) : FailureTests(azurite)
{
    private const string Token = "eyJ-the-token";

    [Fact]
    public async Task OAuth2_signs_in_with_a_token_of_the_apps_identity()
    {
        var identity = new Identity(Token);
        await RaiseWithAsync(identity);
        Assert.Equal(new SmtpLogin("XOAUTH2", "alerts@example.com", Token), Assert.Single(Server.Logins));
        Assert.Equal(["https://outlook.office365.com/.default"], identity.Scopes);
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task OAuth2_asks_for_the_scope_of_the_settings()
    {
        Installation.Settings["Smtp:OAuth2:Scope"] = "https://mail.example.com/.default";
        var identity = new Identity(Token);
        await RaiseWithAsync(identity);
        Assert.Equal(["https://mail.example.com/.default"], identity.Scopes);
    }

    [Fact]
    public async Task A_token_that_the_server_refuses_is_pattern_2()
    {
        Server.On(SmtpStep.Authenticate).Reply("535 5.7.3 Authentication unsuccessful");
        ProductProcess product = await RaiseWithAsync(new Identity(Token));
        JsonNode failure = Assert.Single(await product.SystemEventsAsync(569));
        Assert.Equal(Refused(535), Description(failure));
        Assert.Equal("535 5.7.3 Authentication unsuccessful", Data(failure, "reply"));
        Assert.DoesNotContain(Token, failure.ToJsonString(), StringComparison.Ordinal);
        Server.ForgetScript();
        Clock.Advance(Hour);
        await product.SendAllDueAsync();
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task A_token_that_is_not_to_be_had_is_pattern_2_without_a_code()
    {
        ProductProcess product = await RaiseWithAsync(new Identity(new AuthenticationFailedException("The identity has no token.\nSecond line")));
        JsonNode failure = Assert.Single(await product.SystemEventsAsync(569));
        Assert.Equal(Refused(-1), Description(failure));
        Assert.Equal("Authenticate: The identity has no token.", Data(failure, "reply"));
        Assert.Empty(Server.Logins);
        Assert.Equal(0, Server.CountOf("MAIL"));
    }

    [Fact]
    public async Task A_server_that_does_not_offer_OAuth2_is_pattern_2()
    {
        UseOAuth2();
        Server.Capabilities = Server.Capabilities.Remove("AUTH XOAUTH2");
        ProductProcess product = Start(credential: new Identity(Token));
        await product.ReportAsync("web01");
        await product.WorkOffQueueAsync();
        Assert.Equal(Refused(-1), Description(Assert.Single(await product.SystemEventsAsync(569))));
        Assert.Empty(Server.Logins);
    }

    [Theory]
    [InlineData("Password", "smtp.example.com:25", true)]
    [InlineData("OAuth2", "smtp.example.com:587", true)]
    [InlineData("Password", "192.0.2.1:25", true)]
    [InlineData("Password", "localhost.example.com:25", true)]
    [InlineData("Password", "127.0.0.1:25", false)]
    [InlineData("Password", "localhost:25", false)]
    [InlineData("Password", "[::1]:25", false)]
    public void Credentials_are_refused_over_plain_text_to_anything_but_loopback(string authentication, string server, bool refused)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
            ["Smtp:Server"] = server,
            ["Smtp:From"] = "alerts@example.com",
            ["Smtp:Security"] = "None",
            ["Smtp:Authentication"] = authentication,
            ["Smtp:UserName"] = "alerts@example.com",
            ["Smtp:Password"] = authentication == "Password" ? "secret" : null,
        }).Build();
        if (refused)
        {
            Assert.Contains("Smtp__Security", Assert.Throws<SettingsException>(() => AlertFunctionsSettings.Read(configuration)).Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(SmtpSecurity.None, AlertFunctionsSettings.Read(configuration).Smtp.Security);
        }
    }

    private void UseOAuth2()
    {
        Installation.Settings["Smtp:Authentication"] = "OAuth2";
        Installation.Settings["Smtp:UserName"] = "alerts@example.com";
        Server.Capabilities = Server.Capabilities.Add("AUTH XOAUTH2");
    }

    private async Task<ProductProcess> RaiseWithAsync(Identity identity)
    {
        UseOAuth2();
        ProductProcess product = Start(credential: identity);
        await product.ReportAsync("web01");
        await product.WorkOffQueueAsync();
        return product;
    }

    /// <summary>An Azure identity that has one token, or none.</summary>
    private sealed class Identity : TokenCredential
    {
        private readonly string? _token;
        private readonly Exception? _exception;

        public Identity(string token) => _token = token;

        public Identity(Exception exception) => _exception = exception;

        public List<string> Scopes { get; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Scopes.AddRange(requestContext.Scopes);
            return _exception is null ? ValueTask.FromResult(new AccessToken(_token!, DateTimeOffset.MaxValue)) : ValueTask.FromException<AccessToken>(_exception);
        }
    }
}
