using System.Net.Sockets;
using AlertFunctions.Testing;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace AlertFunctions.Tests.Infrastructure;

public sealed class RealSmtpServerTests
{
    [Fact]
    public async Task What_is_accepted_is_known_to_the_test_across_a_restart()
    {
        await using var server = await RealSmtpServer.StartNewAsync();
        await SendAsync(server.Port, "件名");
        Assert.Equal("件名", Assert.Single(await server.WaitForAsync(1)).Message.Subject);

        await server.StopAsync();
        await Assert.ThrowsAsync<SocketException>(() => SendAsync(server.Port, "nobody is there"));

        await server.StartAsync();
        await SendAsync(server.Port, "second");
        var second = (await server.WaitForAsync(2))[1];
        Assert.Equal("second", second.Message.Subject);
        Assert.Equal("alerts@example.com", second.Sender);
        Assert.Equal("ops@example.com", second.Recipient);
    }

    private static async Task SendAsync(int port, string subject)
    {
        using var client = new SmtpClient();
        await client.ConnectAsync(RealSmtpServer.Host, port, SecureSocketOptions.None);
        using var message = new MimeMessage { Subject = subject, Body = new TextPart("plain") { Text = "text" } };
        await client.SendAsync(message, new MailboxAddress("", "alerts@example.com"), [new MailboxAddress("", "ops@example.com")]);
        await client.DisconnectAsync(quit: true);
    }
}
