using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Texts;
using MimeKit;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>The conversation of one slot with the server: a connection where one is needed, and another where it was lost.</summary>
/// <param name="transport">Makes connections.</param>
/// <param name="stopping">The slot was lost: what is under way ends at once.</param>
public sealed class SmtpConversation(ISmtpTransport transport, CancellationToken stopping) : IAsyncDisposable
{
    private ISmtpConnection? _connection;
    private string? _lostAddress;

    /// <summary>Sends a mail to one recipient, with whatever connecting it takes.</summary>
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

            // A connection that the server closed between two envelopes says nothing about either: replaced, and the envelope repeated once.
            if (result.Failure is not { OfServer: true, ConnectionLost: true } || fresh || repeated || stopping.IsCancellationRequested)
            {
                return result;
            }
        }
    }

    /// <summary>Two lost connections in a row for different recipients count as the server's failure (rule 4).</summary>
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
