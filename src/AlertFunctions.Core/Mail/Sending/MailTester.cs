using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using MimeKit;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>How a test mail went.</summary>
public enum MailTestStatus
{
    /// <summary>It was tried; the steps tell how far it came.</summary>
    Tried,

    /// <summary>No SMTP server is configured (S14).</summary>
    NotConfigured,

    /// <summary>All connections to the server that are allowed are in use.</summary>
    NoFreeConnection,
}

/// <summary>How a test mail went.</summary>
/// <param name="Status">Whether it was tried.</param>
/// <param name="Failure">Why it was not delivered, or null.</param>
/// <param name="Steps">What was done, in order.</param>
public sealed record MailTest(MailTestStatus Status, SmtpFailure? Failure, IReadOnlyList<SmtpStep> Steps);

/// <summary>Sends a mail now, to show step by step what the server says. It takes a slot like any other, and nothing of it is kept.</summary>
public sealed class MailTester(ISmtpTransport transport, SmtpSlots slots, MailRenderer renderer, SmtpSettings settings, TimeProvider time)
{
    /// <summary>A person waits for the answer, and Azure cuts a request off after 230 seconds.</summary>
    private static readonly TimeSpan MaximumDuration = TimeSpan.FromMinutes(3);

    /// <summary>Sends a test mail, within the deadlines of the settings and three minutes.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="culture">The mail's language.</param>
    /// <param name="cancellationToken">Cancels waiting for a slot; a mail that is being sent is finished.</param>
    public async Task<MailTest> SendAsync(string address, MailCulture culture, CancellationToken cancellationToken)
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
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, slot.Lost);
        SmtpConnectResult connected = await transport.ConnectAsync(either.Token);
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
