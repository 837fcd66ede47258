using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
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
    /// <summary>Looks a name up.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>The roots that a server's certificate may lead to; null, as everywhere but in tests, for those that the system trusts.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <inheritdoc/>
    public async Task<SmtpConnectResult> ConnectAsync(IProgress<SmtpStep>? steps, CancellationToken cancellationToken)
    {
        var transcript = new SmtpTranscript(time, steps);
        var client = new SmtpClient(transcript);
        using var deadline = new CancellationTokenSource(settings.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var certificate = new ServerCertificate(settings.Host!, TrustedRoots);
        HalfDuplexStream? stream = null;
        try
        {
            Prepare(client, certificate);
            stream = new HalfDuplexStream(await OpenAsync(transcript, either.Token), transcript);
            transcript.Begin(settings.Security == SmtpSecurity.Tls ? SmtpPhase.Tls : SmtpPhase.Greeting);
            await client.ConnectAsync(stream, settings.Host!, settings.Port, Options, either.Token);
            await AuthenticateAsync(client, transcript, either.Token);

            // Each reply is read before the next command goes out, so that a connection lost at RCPT is known to be that recipient's. Without
            // chunks, the reply to DATA tells whether a body was begun. Without SMTPUTF8, which a server further on may not have, an international
            // domain goes out in punycode; a local part is always ASCII.
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
            Exception cause = certificate.Refusal is { } refusal ? new ReasonedException(refusal) : exception;
            return new SmtpConnectResult(Connection: null, SmtpFailures.Classify(transcript.Phase, transcript.Code, transcript.Reply, cause), [.. transcript.Steps]);
        }
    }

    private SecureSocketOptions Options => settings.Security switch
    {
        SmtpSecurity.None => SecureSocketOptions.None,
        SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
        _ => SecureSocketOptions.StartTls,
    };

    private void Prepare(SmtpClient client, ServerCertificate certificate)
    {
        client.ServerCertificateValidationCallback = certificate.Accept;
        client.CheckCertificateRevocation = false; // our check does, within a time of its own
        client.LocalDomain = settings.From!.AsciiDomain(); // the default is the host's name, which in a container is a random number
    }

    /// <summary>Opens the connection itself, so that a name that is not found and a port that is closed can be told apart.</summary>
    private async Task<Socket> OpenAsync(SmtpTranscript transcript, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = await Resolve(settings.Host!.Trim('[', ']'), cancellationToken);
        transcript.Begin(SmtpPhase.Connect);
        return await new AddressRace<Socket>(OpenAsync, time).RunAsync(addresses, cancellationToken);
    }

    private async Task<Socket> OpenAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, settings.Port, cancellationToken);
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
        if (settings.Authentication == SmtpAuthentication.None)
        {
            return;
        }

        transcript.Begin(SmtpPhase.Authenticate);
        await client.AuthenticateAsync(
            settings.Authentication == SmtpAuthentication.OAuth2 ? await OAuth2Async(cancellationToken) : Password(client.AuthenticationMechanisms, client.IsSecure), cancellationToken);
    }

    private async Task<SaslMechanism> OAuth2Async(CancellationToken cancellationToken)
    {
        AccessToken token = await credential.GetTokenAsync(new TokenRequestContext([settings.OAuth2Scope]), cancellationToken);
        return new SaslMechanismOAuth2(settings.UserName!, token.Token);
    }

    /// <summary>
    /// One way to sign in, so that a wrong password is one failed sign-in: each mechanism that was tried in turn would bring the account closer to being
    /// locked. Under TLS the plain ones work most widely; without it (on this machine) the password is not shown where that can be helped.
    /// </summary>
    private SaslMechanism Password(HashSet<string> offered, bool isSecure)
    {
        string[] known = isSecure ? ["PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5"] : ["SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN"];
        return known.FirstOrDefault(offered.Contains) is { } chosen
            ? SaslMechanism.Create(chosen, Encoding.UTF8, new NetworkCredential(settings.UserName, settings.Password))!
            : throw new ReasonedException(FailureReason.Of("ReasonNoSignIn", ("known", string.Join(", ", known)), ("offered", offered.Count == 0 ? "–" : string.Join(", ", offered))));
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
