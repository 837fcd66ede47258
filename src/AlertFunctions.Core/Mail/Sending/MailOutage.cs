using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>
/// Since when mail is failing: a row that is written where a session failed, and that every process of either host reads. Unlike the rows of mail that waits it
/// outlives what was given up (S12). A delivery writes nothing here, so that it costs no operation: its system event shows that the outage is over (S7).
/// </summary>
public sealed class MailOutage(StorageClients storage, SystemEventStore systemEvents, TimeProvider time)
{
    private const string RowKey = "outage";

    /// <summary>The system events that record deliveries.</summary>
    private static readonly int[] s_deliveries = [197, 567, 570];

    /// <summary>The failure that this process has seen a delivery after; it need not look again.</summary>
    private DateTimeOffset? _overcome;

    /// <summary>When mail began to fail; null while it does not, and when nobody can know any more.</summary>
    public async Task<DateTimeOffset?> FindStartAsync(CancellationToken cancellationToken) =>
        await FindAsync(cancellationToken) is { } row && time.GetUtcNow() - FailedAt(row) < SystemEventStore.Retention && !await IsOvercomeAsync(row, cancellationToken) ? Since(row) : null;

    /// <summary>Records that mail failed. An outage that is known already goes on, unless something was delivered meanwhile.</summary>
    public async Task RecordAsync(DateTimeOffset at, CancellationToken cancellationToken)
    {
        TableEntity? before = await FindAsync(cancellationToken);
        bool goesOn = before is not null && !await IsOvercomeAsync(before, cancellationToken);
        var row = new TableEntity(new Shard(0).Key, RowKey) { ["Since"] = goesOn ? Since(before!) : at, ["FailedAt"] = at };

        // When another process is first, it has recorded the same.
        _ = before is null ? await storage.Work.TryAddAsync(row, cancellationToken) : await storage.Work.TryReplaceAsync(row, before.ETag, cancellationToken);
    }

    private async Task<bool> IsOvercomeAsync(TableEntity row, CancellationToken cancellationToken)
    {
        DateTimeOffset failedAt = FailedAt(row);
        if (_overcome != failedAt && await systemEvents.AnyAfterAsync(failedAt, s_deliveries, cancellationToken))
        {
            _overcome = failedAt;
        }

        return _overcome == failedAt;
    }

    // A damaged row still shows, by its existence and age, that mail is failing and since when.
    private static DateTimeOffset FailedAt(TableEntity row) => row["FailedAt"] as DateTimeOffset? ?? row.Timestamp!.Value;

    private static DateTimeOffset Since(TableEntity row) => row["Since"] as DateTimeOffset? ?? FailedAt(row);

    private Task<TableEntity?> FindAsync(CancellationToken cancellationToken) => storage.Work.FindAsync(new Shard(0).Key, RowKey, cancellationToken);
}

/// <summary>
/// Decides whether the attempts of one sending session speak against the server. Whomever it refuses in a session in which it delivers, it refuses for their own sake;
/// and a mail that is refused again says nothing new.
/// </summary>
public sealed class ServerVerdict(MailOutage outage)
{
    private bool _delivers;

    /// <summary>Takes further attempts into account.</summary>
    public async Task AddAsync(IReadOnlyList<Attempt> attempts, CancellationToken cancellationToken)
    {
        _delivers |= attempts.Any(attempt => attempt.Failure is null);
        if (attempts.LastOrDefault(SpeaksAgainst) is { } failed)
        {
            await outage.RecordAsync(failed.Time, cancellationToken);
        }
    }

    private bool SpeaksAgainst(Attempt attempt) => attempt.Failure switch
    {
        { OfServer: true } => true, // nothing comes after it in a session
        { Kind: SmtpFailureKind.Unreachable or SmtpFailureKind.Refused } => !_delivers,
        { Kind: SmtpFailureKind.NotAccepted } => !_delivers && attempt.Recipient.NotAcceptedFailures == 0,
        _ => false,
    };
}
