using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using AlertFunctions.Core.Settings;
using Azure.Core;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace AlertFunctions.Core.Mail.Smtp;

/// <summary>Speaks SMTP with MailKit.</summary>
/// <param name="settings">The server and how to sign in.</param>
/// <param name="credential">Gives the token for OAuth2.</param>
/// <param name="time">Measures deadlines.</param>
public sealed class MailKitTransport(SmtpSettings settings, TokenCredential credential, TimeProvider time) : ISmtpTransport
{
    /// <summary>Decides on a server's certificate in place of the system; null, as everywhere but in tests, for the system's trust.</summary>
    public RemoteCertificateValidationCallback? CertificateCheck { get; init; }

    /// <inheritdoc/>
    public async Task<SmtpConnectResult> ConnectAsync(CancellationToken cancellationToken)
    {
        var transcript = new SmtpTranscript(time);
        var client = new SmtpClient(transcript);
        using var deadline = new CancellationTokenSource(settings.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        HalfDuplexStream? stream = null;
        try
        {
            Prepare(client);
            stream = new HalfDuplexStream(await OpenAsync(transcript, either.Token), transcript);
            transcript.Begin(settings.Security == SmtpSecurity.Tls ? SmtpPhase.Tls : SmtpPhase.Greeting);
            await client.ConnectAsync(stream, settings.Host!, settings.Port, Options, either.Token);
            await AuthenticateAsync(client, transcript, either.Token);

            // Each reply is read before the next command goes out, so that a connection lost at RCPT is known to be that recipient's. Without
            // chunks, the reply to DATA tells whether a body was begun. Without SMTPUTF8 a domain travels in ASCII, which every relay behind takes.
            client.Capabilities &= ~(SmtpCapabilities.Pipelining | SmtpCapabilities.Chunking | SmtpCapabilities.BinaryMime | SmtpCapabilities.UTF8);
            transcript.EndPhase(succeeded: true);
            return new SmtpConnectResult(new Connection(client, transcript, settings, time), Failure: null, [.. transcript.Steps]);
        }
        catch (Exception exception)
        {
            // Whatever was thrown before there is a connection, it is why there is none: the server's failure (rule 3).
            client.Dispose();
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }

            transcript.EndFailedPhase();
            return new SmtpConnectResult(Connection: null, SmtpFailures.Classify(transcript.Phase, transcript.Code, transcript.Reply, exception), [.. transcript.Steps]);
        }
    }

    private SecureSocketOptions Options => settings.Security switch
    {
        SmtpSecurity.None => SecureSocketOptions.None,
        SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
        _ => SecureSocketOptions.StartTls,
    };

    private void Prepare(SmtpClient client)
    {
        client.ServerCertificateValidationCallback = CertificateCheck;
        client.LocalDomain = settings.From!.Domain; // the default is the host's name, which in a container is a random number
    }

    /// <summary>Opens the connection itself, so that a name that is not found and a port that is closed can be told apart.</summary>
    private async Task<Socket> OpenAsync(SmtpTranscript transcript, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(settings.Host!.Trim('[', ']'), cancellationToken);
        transcript.Begin(SmtpPhase.Connect);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, settings.Port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task AuthenticateAsync(SmtpClient client, SmtpTranscript transcript, CancellationToken cancellationToken)
    {
        switch (settings.Authentication)
        {
            case SmtpAuthentication.Password:
                await client.AuthenticateAsync(settings.UserName!, settings.Password!, cancellationToken);
                break;
            case SmtpAuthentication.OAuth2:
                transcript.Begin(SmtpPhase.Authenticate);
                AccessToken token = await credential.GetTokenAsync(new TokenRequestContext([settings.OAuth2Scope]), cancellationToken);
                await client.AuthenticateAsync(new SaslMechanismOAuth2(settings.UserName!, token.Token), cancellationToken);
                break;
            default:
                break;
        }
    }

    private sealed class Connection(SmtpClient client, SmtpTranscript transcript, SmtpSettings settings, TimeProvider time) : ISmtpConnection
    {
        public async Task<SmtpSendResult> SendAsync(MimeMessage message, MailboxAddress recipient, CancellationToken cancellationToken)
        {
            using var deadline = new CancellationTokenSource(settings.Timeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            transcript.BodySent = () => deadline.CancelAfter(settings.BodyReplyTimeout);
            transcript.BodyAnswered = () => deadline.CancelAfter(settings.Timeout);
            transcript.BeginEnvelope();
            SmtpFailure? failure;
            try
            {
                await client.SendAsync(FormatOptions.Default, message, settings.BounceAddress ?? settings.From!, [recipient], either.Token);
                failure = transcript.SpokeEarly ? SmtpFailures.AnsweredEarly(transcript.Reply) : null;
                transcript.EndPhase(succeeded: failure is null);
            }
            catch (Exception exception)
            {
                failure = Classify(exception, either.IsCancellationRequested);
            }

            return new SmtpSendResult(failure, transcript.Reply ?? "", [.. transcript.Steps]);
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                if (client.IsConnected)
                {
                    // A server that does not answer QUIT must not hold anybody up: everything was answered before it.
                    using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
                    await client.DisconnectAsync(quit: true, deadline.Token);
                }
            }
            catch (Exception)
            {
                // Whatever happens at QUIT changes nothing of what was delivered.
            }

            client.Dispose();
        }

        /// <summary>Whatever was thrown while sending, the mail was not delivered: MailKit alone says that it was, by returning.</summary>
        private SmtpFailure Classify(Exception exception, bool cancelled)
        {
            if (client.IsConnected && !transcript.EnvelopeBegun && !cancelled)
            {
                transcript.EndPhase(succeeded: false);
                return SmtpFailures.CannotBeSent(exception);
            }

            transcript.EndFailedPhase();
            SmtpFailure failure = SmtpFailures.Classify(transcript.Phase, transcript.Code, transcript.Reply, exception);

            // MailKit resets the session after a refusal; where it could not, the connection is of no more use.
            return failure with { ConnectionLost = failure.ConnectionLost || !client.IsConnected || transcript.OutOfStep };
        }
    }
}
