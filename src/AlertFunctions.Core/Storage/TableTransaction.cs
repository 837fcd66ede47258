using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;

namespace AlertFunctions.Core.Storage;

/// <summary>
/// Changes rows of one partition atomically. Every row has a condition: it is added, or it is replaced, merged or deleted under an ETag (rule 6).
/// Enforces the service's limits of 100 rows and 4 MiB, which the emulator does not check.
/// </summary>
public sealed class TableTransaction(TableClient table, string partitionKey)
{
    /// <summary>The maximum number of rows in one transaction.</summary>
    public const int MaximumRows = 100;

    /// <summary>Below the service's 4 MiB, since the estimate ignores some framing.</summary>
    public const long MaximumBytes = 3 * 1024 * 1024;

    private readonly List<TableTransactionAction> _actions = [];
    private long _bytes;

    /// <summary>The number of rows changed so far.</summary>
    public int Rows => _actions.Count;

    /// <summary>Whether this many more rows, of an estimated total size, fit. An empty transaction takes rows of any size.</summary>
    public bool HasRoomFor(int rows, long bytes = 0) => _actions.Count + rows <= MaximumRows && (_bytes + bytes <= MaximumBytes || _actions.Count == 0);

    /// <summary>Adds a row; the transaction conflicts if the row exists.</summary>
    public void Add(TableEntity row) => Append(TableTransactionActionType.Add, row, default);

    /// <summary>Replaces a row under its ETag.</summary>
    public void Replace(TableEntity row, ETag etag) => Append(TableTransactionActionType.UpdateReplace, row, etag);

    /// <summary>Changes some properties of a row under its ETag.</summary>
    public void Merge(TableEntity row, ETag etag) => Append(TableTransactionActionType.UpdateMerge, row, etag);

    /// <summary>Deletes a row under its ETag.</summary>
    public void Delete(string rowKey, ETag etag) => Append(TableTransactionActionType.Delete, new TableEntity(partitionKey, rowKey), etag);

    /// <summary>Applies all changes, or none.</summary>
    public async Task<TransactionResult> SubmitAsync(CancellationToken cancellationToken)
    {
        if (_actions.Count is 0 or > MaximumRows)
        {
            throw new InvalidOperationException($"A transaction must have 1 to {MaximumRows} rows, but this one has {_actions.Count}.");
        }

        try
        {
            if (_actions is [{ ActionType: TableTransactionActionType.Add } only])
            {
                // The same, without the multipart envelope.
                return TransactionResult.Of([await table.AddEntityAsync((TableEntity)only.Entity, cancellationToken)]);
            }

            return TransactionResult.Of((await table.SubmitTransactionAsync(_actions, cancellationToken)).Value);
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 409 or 412 && exception.ErrorCode != TableErrorCode.TableNotFound && exception.ErrorCode != TableErrorCode.TableBeingDeleted)
        {
            return TransactionResult.ConflictAt((exception as TableTransactionFailedException)?.FailedTransactionActionIndex ?? (_actions.Count == 1 ? 0 : null));
        }
    }

    /// <summary>The approximate size of a row in a request: each quote, control or non-ASCII character takes six bytes.</summary>
    public static long EstimateBytes(TableEntity row)
    {
        long bytes = 600 + (2 * EscapedLength(row.RowKey));
        foreach ((string name, object? value) in row)
        {
            bytes += name.Length + 40 + (value is string text ? EscapedLength(text) : 0);
        }

        return bytes;
    }

    private static long EscapedLength(string text)
    {
        long length = 0;
        foreach (char c in text)
        {
            length += c is >= ' ' and < '\x7f' and not ('"' or '\\' or '\'' or '<' or '>' or '&' or '+' or '`') ? 1 : 6;
        }

        return length;
    }

    private void Append(TableTransactionActionType type, TableEntity row, ETag etag)
    {
        row.PartitionKey = partitionKey;
        if (type != TableTransactionActionType.Add && (etag == default || etag == ETag.All))
        {
            throw new InvalidOperationException($"The change to row {row.RowKey} has no condition: an ETag is required.");
        }

        _actions.Add(new TableTransactionAction(type, row, etag));
        _bytes += EstimateBytes(row);
    }
}

/// <summary>The result of a transaction.</summary>
/// <param name="ETags">
/// The rows' new ETags, in order. Null on a conflict: nothing was applied, or an earlier try of this transaction was applied and its response was lost.
/// </param>
/// <param name="FailedRow">The index of the first row that was not in the expected state, if the service named it.</param>
public sealed record TransactionResult(IReadOnlyList<ETag>? ETags, int? FailedRow = null)
{
    /// <summary>The changes were applied.</summary>
    public static TransactionResult Of(IEnumerable<Response> responses) => new(responses.Select(row => row.Headers.ETag ?? default).ToList());

    /// <summary>A row was not in the expected state, so nothing was changed.</summary>
    public static TransactionResult ConflictAt(int? row) => new(ETags: null, row);

    /// <summary>Whether the changes were applied.</summary>
    public bool Committed => ETags is not null;
}
