using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Texts;
using MimeKit;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>One slot's conversation with the server. It connects when necessary, and reconnects after a lost connection.</summary>
/// <param name="transport">Creates connections.</param>
/// <param name="stopping">Signals that the slot was lost: anything in flight is aborted.</param>
public sealed class SmtpConversation(ISmtpTransport transport, CancellationToken stopping) : IAsyncDisposable
{
    private ISmtpConnection? _connection;
    private string? _lostAddress;

    /// <summary>Sends a mail to one recipient, connecting first if necessary.</summary>
    /// <param name="message">The mail.</param>
    /// <param name="address">The recipient.</param>
    public async Task<SmtpSendResult> SendAsync(MimeMessage message, MailboxAddress address)
    {
        for (bool repeated = false; ; repeated = true)
        {
            bool fresh = _connection is null;
            if (_connection is null)
            {
                SmtpConnectResult connected = await transport.ConnectAsync(stopping);
                if (connected.Failure is { } refused)
                {
                    return new SmtpSendResult(refused, refused.Reply, connected.Steps);
                }

                _connection = connected.Connection;
            }

            SmtpSendResult result = await _connection!.SendAsync(message, address, stopping);
            if (result.Failure is { ConnectionLost: true })
            {
                await DropConnectionAsync();
            }

            // If the server closed the connection between two envelopes, that says nothing about either of them: reconnect and repeat the envelope once.
            if (result.Failure is not { OfServer: true, ConnectionLost: true } || fresh || repeated || stopping.IsCancellationRequested)
            {
                return result;
            }
        }
    }

    /// <summary>Whether this is the second lost connection in a row for different recipients, which counts as the server's failure (rule 4).</summary>
    public bool TwoLostInARow(Attempt attempt)
    {
        string? before = _lostAddress;
        _lostAddress = attempt.Failure is { ConversationLost: true } ? attempt.Address : null;
        return before is not null && _lostAddress is not null && !EmailAddress.Comparer.Equals(before, _lostAddress);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await DropConnectionAsync();

    private async Task DropConnectionAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }
}
