using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using MimeKit;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>Whether a test mail was tried.</summary>
public enum MailTestStatus
{
    /// <summary>It was tried; the steps show how far it got.</summary>
    Tried,

    /// <summary>No SMTP server is configured (S14).</summary>
    NotConfigured,

    /// <summary>All allowed connections to the server are in use.</summary>
    NoFreeConnection,
}

/// <summary>The result of a test mail.</summary>
/// <param name="Status">Whether it was tried.</param>
/// <param name="Failure">Why it was not delivered; null if it was, or was not tried for lack of a free connection.</param>
/// <param name="Steps">The steps taken, in order.</param>
public sealed record MailTest(MailTestStatus Status, SmtpFailure? Failure, IReadOnlyList<SmtpStep> Steps);

/// <summary>Sends a test mail at once and shows step by step what the server replies. It takes a slot like any other mail, and nothing is stored.</summary>
public sealed class MailTester(ISmtpTransport transport, SmtpSlots slots, MailRenderer renderer, SmtpSettings settings, TimeProvider time)
{
    /// <summary>A person waits for the result, and Azure ends a request after 230 seconds.</summary>
    private static readonly TimeSpan MaximumDuration = TimeSpan.FromMinutes(3);

    /// <summary>Sends a test mail, within the timeouts of the settings and at most three minutes.</summary>
    /// <param name="address">The address to send to.</param>
    /// <param name="culture">The language of the mail.</param>
    /// <param name="steps">Receives each step as it ends; null if nobody watches.</param>
    /// <param name="cancellationToken">Ends the test; a mail whose body is out may be delivered all the same.</param>
    public async Task<MailTest> SendAsync(string address, MailCulture culture, IProgress<SmtpStep>? steps, CancellationToken cancellationToken)
    {
        if (!settings.IsConfigured)
        {
            return new MailTest(MailTestStatus.NotConfigured, SmtpFailure.NotConfigured, []);
        }

        await using SmtpSlot? slot = await slots.TryTakeAsync(forFirstAttempts: false, cancellationToken);
        if (slot is null)
        {
            return new MailTest(MailTestStatus.NoFreeConnection, null, []);
        }

        using var deadline = new CancellationTokenSource(MaximumDuration, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, slot.Lost, cancellationToken);
        SmtpConnectResult connected = await transport.ConnectAsync(steps, either.Token);
        if (connected.Connection is null)
        {
            return new MailTest(MailTestStatus.Tried, connected.Failure, connected.Steps);
        }

        await using ISmtpConnection connection = connected.Connection;
        using MimeMessage message = renderer.RenderTest(address, culture);
        SmtpSendResult sent = await connection.SendAsync(message, new MailboxAddress("", address), either.Token);
        return new MailTest(MailTestStatus.Tried, sent.Failure, [.. connected.Steps, .. sent.Steps]);
    }
}
