using System.Net.Sockets;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace AlertFunctions.Bench.Stage;

/// <summary>What the library alone can do: the same mails over the same connections to the same server, and nothing recorded.</summary>
internal static class RawMail
{
    public static async Task SendAsync(int port, int mails, int connections, int bodySize)
    {
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync("127.0.0.1", port);
            using var client = new SmtpClient();
            await client.ConnectAsync(socket, "127.0.0.1", port, SecureSocketOptions.None);
            for (int number = Interlocked.Increment(ref next); number <= mails; number = Interlocked.Increment(ref next))
            {
                using var message = new MimeMessage { Subject = "Alert", Body = new TextPart("plain") { Text = new string('x', bodySize) } };
                message.From.Add(new MailboxAddress("", "alerts@example.com"));
                message.To.Add(new MailboxAddress("", $"user{number}@example.com"));
                await client.SendAsync(message);
            }

            await client.DisconnectAsync(quit: true);
        })));
    }
}
