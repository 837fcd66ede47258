using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;
using MimeKit;
using SmtpStep = AlertFunctions.Testing.SmtpStep;

namespace AlertFunctions.Tests.Mail;

/// <summary>Which certificates of mail servers are accepted, and the reasons given for refusing others.</summary>
public sealed class CertificateTests : IAsyncLifetime
{
    private readonly ScriptedSmtpServer _server = new() { Capabilities = ["STARTTLS"] };
    private readonly TestAuthority _authority = new();
    private RevocationServer _revocation = null!;

    public async ValueTask InitializeAsync() => _revocation = await RevocationServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _revocation.DisposeAsync();
        _authority.Dispose();
    }

    [Theory]
    [InlineData(SmtpSecurity.Tls)]
    [InlineData(SmtpSecurity.StartTls)]
    public async Task A_certificate_of_a_trusted_CA_delivers(SmtpSecurity security)
    {
        _server.Certificate = _authority.Issue(revocationList: _revocation.List);
        _revocation.Content = _authority.RevocationList();
        await AssertDeliversAsync(security);
    }

    [Fact]
    public async Task A_CA_that_keeps_no_revocation_list_is_one_whose_certificates_nobody_revoked()
    {
        _server.Certificate = _authority.Issue();
        await AssertDeliversAsync(SmtpSecurity.Tls);
    }

    [Fact]
    public async Task A_revocation_list_that_a_firewall_keeps_from_us_holds_up_a_connection_for_seconds_and_refuses_nothing()
    {
        _server.Certificate = _authority.Issue(revocationList: _revocation.List);
        await AssertDeliversAsync(SmtpSecurity.Tls, timeout: 10); // the system's own patience alone would be longer
    }

    [Fact]
    public async Task A_revoked_certificate_is_refused()
    {
        _server.Certificate = _authority.Issue(revocationList: _revocation.List);
        _revocation.Content = _authority.RevocationList(_server.Certificate);
        await AssertRefusedAsync("The certificate of localhost was revoked.", "localhostの証明書は失効しています。");
    }

    [Fact]
    public async Task An_expired_certificate_is_refused_with_the_time_when_it_expired()
    {
        _server.Certificate = _authority.Issue(notBefore: DateTimeOffset.UtcNow.AddDays(-9), notAfter: DateTimeOffset.UtcNow.AddDays(-2));
        string time = $"{_server.Certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm}Z";
        await AssertRefusedAsync($"The certificate of localhost expired on {time}.", $"localhostの証明書は{time}に期限切れになりました。");
    }

    [Fact]
    public async Task A_certificate_of_tomorrow_is_refused()
    {
        _server.Certificate = _authority.Issue(notBefore: DateTimeOffset.UtcNow.AddDays(1), notAfter: DateTimeOffset.UtcNow.AddDays(2));
        string time = $"{_server.Certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm}Z";
        await AssertRefusedAsync($"The certificate of localhost is not valid before {time}.", $"localhostの証明書は{time}まで有効になりません。");
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused_with_both_names()
    {
        _server.Certificate = _authority.Issue("mail.example.com");
        await AssertRefusedAsync(
            "The server's certificate is for mail.example.com, but Smtp__Server is 127.0.0.1.", "サーバの証明書はmail.example.comのものですが、Smtp__Serverは127.0.0.1です。");
    }

    [Fact]
    public async Task A_certificate_of_a_CA_that_is_not_trusted_is_refused_with_its_name()
    {
        using var other = new TestAuthority("Company CA");
        _server.Certificate = other.Issue();
        await AssertRefusedAsync("The server's certificate was issued by a CA that is not trusted: Company CA.", "サーバの証明書を発行したCAが信頼されていません: Company CA。");
    }

    [Fact]
    public async Task A_self_signed_certificate_is_refused()
    {
        _server.Certificate = TestCertificate.Create("localhost");
        await AssertRefusedAsync("The server's certificate is self-signed: no trusted CA vouches for it.", "サーバの証明書は自己署名です。信頼されたCAが発行したものではありません。");
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_a_certificate_is_told_at_once()
    {
        _server.Certificate = TestCertificate.Create("mail.example.com");
        await AssertRefusedAsync(
            "The server's certificate is self-signed: no trusted CA vouches for it. The server's certificate is for mail.example.com, but Smtp__Server is 127.0.0.1.",
            "サーバの証明書は自己署名です。信頼されたCAが発行したものではありません。サーバの証明書はmail.example.comのものですが、Smtp__Serverは127.0.0.1です。");
    }

    [Fact]
    public async Task A_server_with_old_TLS_only_is_told_apart()
    {
        byte[] protocolVersionAlert = [0x15, 3, 1, 0, 2, 2, 70];
        _server.On(SmtpStep.TlsHandshake).SayAndClose(protocolVersionAlert);
        SmtpFailure failure = await FailAsync(SmtpSecurity.Tls);
        Assert.StartsWith("The server and this app have no TLS version in common; TLS 1.2 or 1.3 is needed. (", failure.Text(MailCulture.En), StringComparison.Ordinal);
        Assert.StartsWith("サーバと共通のTLSバージョンがありません。", failure.Text(MailCulture.Ja), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_speak_TLS_on_its_port_is_told_apart()
    {
        _server.On(SmtpStep.TlsHandshake).ReplyAndClose("220 mail.example.com ESMTP");
        SmtpFailure failure = await FailAsync(SmtpSecurity.Tls);
        Assert.StartsWith("The server does not speak TLS on this port.", failure.Text(MailCulture.En), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_STARTTLS_is_told_apart()
    {
        _server.Capabilities = ["8BITMIME"];
        SmtpFailure failure = await FailAsync(SmtpSecurity.StartTls);
        Assert.StartsWith("The server does not offer STARTTLS.", failure.Text(MailCulture.En), StringComparison.Ordinal);
        Assert.StartsWith("Hello: The server does not offer STARTTLS.", failure.Reply, StringComparison.Ordinal);
    }

    private async Task AssertDeliversAsync(SmtpSecurity security, int timeout = 30)
    {
        SmtpConnectResult connected = await ConnectAsync(security, timeout);
        Assert.Null(connected.Failure);
        await using ISmtpConnection connection = connected.Connection!;
        using MimeMessage message = SmtpConversationTests.Message();
        SmtpSendResult sent = await connection.SendAsync(message, new MailboxAddress("", "ops@example.com"), TestContext.Current.CancellationToken);
        Assert.Null(sent.Failure);
        Assert.Single(_server.Accepted);
    }

    private async Task AssertRefusedAsync(string reason, string reasonJa)
    {
        foreach (SmtpSecurity security in new[] { SmtpSecurity.Tls, SmtpSecurity.StartTls })
        {
            SmtpFailure failure = await FailAsync(security);
            Assert.Equal((reason, reasonJa, $"Tls: {reason}"), (failure.Text(MailCulture.En), failure.Text(MailCulture.Ja), failure.Reply));
        }

        Assert.Equal(0, _server.CountOf("MAIL"));
    }

    private async Task<SmtpFailure> FailAsync(SmtpSecurity security)
    {
        SmtpConnectResult connected = await ConnectAsync(security, timeout: 30);
        Assert.Null(connected.Connection);
        Assert.Equal((SmtpFailureKind.Refused, -1, true), (connected.Failure!.Kind, connected.Failure.Code, connected.Failure.OfServer));
        return connected.Failure;
    }

    private Task<SmtpConnectResult> ConnectAsync(SmtpSecurity security, int timeout)
    {
        _server.ImplicitTls = security == SmtpSecurity.Tls;
        return SmtpConversationTests.Transport(_server, security, timeout: timeout, root: _authority.Root).ConnectAsync(TestContext.Current.CancellationToken);
    }
}
