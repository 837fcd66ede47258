using System.Globalization;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Testing;
using Azure.Identity;
using MimeKit;

namespace AlertFunctions.Tests.Failures;

/// <summary>The test mail against a real Postfix: what it accepts is accepted, what it refuses is shown in its own words.</summary>
public sealed class PostfixTests(AzuriteServer azurite, PostfixServer postfix) : FailureTests(azurite), IClassFixture<PostfixServer>
{
    private const string Elsewhere = "somebody@elsewhere.example";

    [Theory]
    [InlineData("StartTls", "alerts@example.com")]
    [InlineData("Tls", "alerts@example.com")]
    [InlineData("StartTls", "alerts@例え.テスト")]
    public async Task It_takes_mail_for_its_own_domain_over_TLS(string security, string from)
    {
        PostfixServer.SkipTestWithoutPostfix();
        JsonNode test = await TestAsync(security == "Tls" ? postfix.TlsPort : postfix.Port, security, from: from);
        Assert.True(test["ok"]!.GetValue<bool>(), test.ToJsonString());
    }

    [Theory]
    [InlineData("StartTls")]
    [InlineData("Tls")]
    [InlineData("None")]
    public async Task It_takes_mail_for_others_from_who_signs_in_whatever_mechanism_that_is(string security)
    {
        PostfixServer.SkipTestWithoutPostfix();
        JsonNode test = await TestAsync(security == "Tls" ? postfix.TlsPort : postfix.Port, security, to: Elsewhere, password: PostfixServer.Password);
        Assert.True(test["ok"]!.GetValue<bool>(), test.ToJsonString());
        Assert.Contains(test["steps"]!.AsArray(), step => step!["step"]!.GetValue<string>() == "authenticate" && step["reply"]!.GetValue<string>().StartsWith("235 2.7.0", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("StartTls")]
    [InlineData("None")]
    public async Task A_wrong_password_is_pattern_2(string security)
    {
        PostfixServer.SkipTestWithoutPostfix();
        AssertFailed(await TestAsync(postfix.Port, security, password: "wrong"), 2, "authenticate", "535 5.7.8");
    }

    [Fact]
    public async Task A_certificate_of_a_CA_that_is_not_trusted_is_pattern_2_and_named()
    {
        PostfixServer.SkipTestWithoutPostfix();
        AssertFailed(await TestAsync(postfix.Port, "StartTls", trusted: false), 2, "tls", "The server's certificate was issued by a CA that is not trusted: Test CA.");
    }

    [Fact]
    public async Task Relaying_that_it_denies_is_pattern_3()
    {
        PostfixServer.SkipTestWithoutPostfix();
        AssertFailed(await TestAsync(postfix.Port, "StartTls", to: Elsewhere), 3, "recipient", "454 4.7.1");
    }

    [Fact]
    public async Task A_sender_that_it_refuses_is_refused_with_the_recipient()
    {
        PostfixServer.SkipTestWithoutPostfix();
        AssertFailed(await TestAsync(postfix.Port, "StartTls", from: PostfixServer.RefusedSender), 3, "recipient", "554 5.7.1");
    }

    [Fact]
    public async Task A_sender_that_it_refuses_at_once_is_pattern_2()
    {
        PostfixServer.SkipTestWithoutPostfix();
        AssertFailed(await TestAsync(postfix.StrictPort, "StartTls", from: PostfixServer.RefusedSender), 2, "sender", "554 5.7.1");
    }

    [Fact]
    public async Task Greylisting_is_pattern_3()
    {
        PostfixServer.SkipTestWithoutPostfix();
        AssertFailed(await TestAsync(postfix.Port, "StartTls", to: PostfixServer.GreylistedRecipient), 3, "recipient", "450 4.2.0");
    }

    [Fact]
    public async Task A_mail_that_is_too_large_is_pattern_3_before_it_is_sent()
    {
        PostfixServer.SkipTestWithoutPostfix();
        AssertFailed(await TestAsync(postfix.SmallPort, "StartTls"), 3, "sender", "552 5.3.4");
    }

    [Fact]
    public async Task A_connection_more_than_it_allows_is_turned_away()
    {
        PostfixServer.SkipTestWithoutPostfix();
        var settings = new SmtpSettings { Host = "127.0.0.1", Port = postfix.StrictPort, From = new MailboxAddress("", "alerts@example.com"), Security = SmtpSecurity.StartTls };
        var transport = new MailKitTransport(settings, new DefaultAzureCredential(), TimeProvider.System) { TrustedRoots = [postfix.Authority.Root] };
        SmtpConnectResult first = await transport.ConnectAsync(TestContext.Current.CancellationToken);
        Assert.Null(first.Failure);
        await using ISmtpConnection connection = first.Connection!;

        SmtpConnectResult second = await transport.ConnectAsync(TestContext.Current.CancellationToken);

        Assert.Equal((421, true), (second.Failure!.Code, second.Failure.TurnedAway));
        Assert.Contains("too many connections", second.Failure.Reply, StringComparison.Ordinal);
    }

    private static void AssertFailed(JsonNode test, int pattern, string step, string reply)
    {
        JsonNode last = test["steps"]!.AsArray()[^1]!;
        Assert.Equal((pattern, step, false), (test["pattern"]?.GetValue<int>() ?? 0, last["step"]!.GetValue<string>(), last["ok"]!.GetValue<bool>()));
        Assert.StartsWith(reply, last["reply"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private async Task<JsonNode> TestAsync(int port, string security, string to = "ops@example.com", string from = "alerts@example.com", string? password = null, bool trusted = true)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Smtp:Server"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
            ["Smtp:Security"] = security,
            ["Smtp:From"] = from,
            ["Smtp:Authentication"] = password is null ? "None" : "Password",
            ["Smtp:UserName"] = PostfixServer.UserName,
            ["Smtp:Password"] = password,
        };
        ProductProcess product = Installation.Start(settings, trustedRoots: trusted ? [postfix.Authority.Root] : null);
        Answer answer = await product.SendAsync("POST", "/api/mail/test?culture=en", $$"""{ "to": "{{to}}" }""");
        Assert.True((int)answer.Status == 200, answer.Text);
        return answer.Json;
    }
}
