using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Texts;
using MimeKit;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>One slot's conversation with the server. It connects when necessary, and reconnects after a lost connection.</summary>
/// <param name="transport">Creates connections.</param>
/// <param name="stopping">Signals that the slot was lost: anything in flight is aborted.</param>
public sealed class SmtpConversation(ISmtpTransport transport, CancellationToken stopping) : IAsyncDisposable
{
    private readonly HashSet<(SmtpPhase? Phase, int Code)> _notOfConnection = [];
    private ISmtpConnection? _connection;
    private bool _hasDelivered;
    private string? _lostAddress;

    /// <summary>Sends a mail to one recipient, connecting first if necessary.</summary>
    /// <param name="message">The mail.</param>
    /// <param name="address">The recipient.</param>
    public async Task<SmtpSendResult> SendAsync(MimeMessage message, MailboxAddress address)
    {
        bool fresh = _connection is null;
        SmtpSendResult first = await SendOnceAsync(message, address);
        if (fresh || first.Failure is not { } failure || !MayBeOfConnection(failure) || stopping.IsCancellationRequested)
        {
            return first;
        }

        await DropConnectionAsync();
        SmtpSendResult second = await SendOnceAsync(message, address);
        if (second.Failure is { IsTemporary: true } same && (same.Phase, same.Code) == (failure.Phase, failure.Code))
        {
            _notOfConnection.Add((same.Phase, same.Code));
        }

        return second;
    }

    /// <summary>
    /// Whether a failure may be the connection's alone, so that the envelope is repeated once on another: a connection that the server closed between
    /// two envelopes says nothing about either, and a refusal for now after a delivery may be a limit for each connection. Where a fresh connection
    /// heard the same (greylisting), it is not (rule 4).
    /// </summary>
    private bool MayBeOfConnection(SmtpFailure failure) =>
        failure is { OfServer: true, ConnectionLost: true } || (_hasDelivered && failure.IsTemporary && !_notOfConnection.Contains((failure.Phase, failure.Code)));

    private async Task<SmtpSendResult> SendOnceAsync(MimeMessage message, MailboxAddress address)
    {
        if (_connection is null)
        {
            SmtpConnectResult connected = await transport.ConnectAsync(stopping);
            if (connected.Failure is { } refused)
            {
                return new SmtpSendResult(refused, refused.Reply, connected.Steps);
            }

            _connection = connected.Connection;
            _hasDelivered = false;
        }

        SmtpSendResult result = await _connection!.SendAsync(message, address, stopping);
        _hasDelivered |= result.Failure is null;
        if (result.Failure is { ConnectionLost: true })
        {
            await DropConnectionAsync();
        }

        return result;
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
