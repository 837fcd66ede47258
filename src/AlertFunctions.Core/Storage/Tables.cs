using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;

namespace AlertFunctions.Core.Storage;

/// <summary>Reads from tables and writes of single rows, always conditional (rule 6).</summary>
public static class Tables
{
    /// <summary>The maximum number of rows in one response of the service.</summary>
    public const int PageSize = 1000;

    /// <summary>Maximum parallel point reads for one request. Each is a separate HTTP request, so more gain little.</summary>
    private const int ParallelReads = 32;

    /// <summary>Reads a row; null if there is none.</summary>
    public static async Task<TableEntity?> FindAsync(this TableClient table, string partitionKey, string rowKey, CancellationToken cancellationToken)
    {
        NullableResponse<TableEntity> response = await table.GetEntityIfExistsAsync<TableEntity>(partitionKey, rowKey, cancellationToken: cancellationToken);
        return response.HasValue ? response.Value : null;
    }

    /// <summary>Reads many rows by key, in parallel: an <c>or</c> over row keys would scan the partition.</summary>
    public static async Task<TableEntity?[]> FindAllAsync(this TableClient table, string partitionKey, IReadOnlyList<string> rowKeys, CancellationToken cancellationToken)
    {
        var found = new TableEntity?[rowKeys.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, rowKeys.Count),
            new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken },
            async (index, token) => found[index] = await table.FindAsync(partitionKey, rowKeys[index], token));
        return found;
    }

    /// <summary>A filter for all keys of a partition that start with a prefix and the separator.</summary>
    public static string Range(string partitionKey, string prefix) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {partitionKey} and RowKey ge {prefix + Keys.Separator} and RowKey lt {prefix + Keys.AfterSeparator}");

    /// <summary>The first rows of a query, at most <paramref name="count"/>. The service may need several responses to find them.</summary>
    public static async Task<IReadOnlyList<TableEntity>> FirstAsync(this TableClient table, string filter, int count, CancellationToken cancellationToken, IEnumerable<string>? select = null)
    {
        var rows = new List<TableEntity>();
        await foreach (TableEntity row in table.QueryAsync<TableEntity>(filter, Math.Min(count, PageSize), select, cancellationToken))
        {
            rows.Add(row);
            if (rows.Count == count)
            {
                break;
            }
        }

        return rows;
    }

    /// <summary>All rows of a query, fetched page by page while they are consumed.</summary>
    public static async IAsyncEnumerable<TableEntity> AllAsync(this TableClient table, string filter, IEnumerable<string>? select = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (TableEntity row in table.QueryAsync<TableEntity>(filter, PageSize, select, cancellationToken))
        {
            yield return row;
        }
    }

    /// <summary>Adds a row; false if its key exists already.</summary>
    public static async Task<bool> TryAddAsync(this TableClient table, TableEntity row, CancellationToken cancellationToken)
    {
        try
        {
            await table.AddEntityAsync(row, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == TableErrorCode.EntityAlreadyExists)
        {
            return false;
        }
    }

    /// <summary>Replaces a row under its ETag; false if it has been changed or deleted since.</summary>
    public static Task<bool> TryReplaceAsync(this TableClient table, TableEntity row, ETag etag, CancellationToken cancellationToken) =>
        TryUpdateAsync(table, row, etag, TableUpdateMode.Replace, cancellationToken);

    /// <summary>Changes some properties of a row under its ETag; false if it has been changed or deleted since.</summary>
    public static Task<bool> TryMergeAsync(this TableClient table, TableEntity row, ETag etag, CancellationToken cancellationToken) =>
        TryUpdateAsync(table, row, etag, TableUpdateMode.Merge, cancellationToken);

    /// <summary>Deletes a row under its ETag; false if it has been changed or deleted since.</summary>
    public static async Task<bool> TryDeleteAsync(this TableClient table, TableEntity row, CancellationToken cancellationToken)
    {
        try
        {
            Response response = await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, cancellationToken);
            return response.Status != 404;
        }
        catch (RequestFailedException exception) when (exception.Status == 412)
        {
            return false;
        }
    }

    private static async Task<bool> TryUpdateAsync(TableClient table, TableEntity row, ETag etag, TableUpdateMode mode, CancellationToken cancellationToken)
    {
        try
        {
            await table.UpdateEntityAsync(row, etag, mode, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status == 412 || exception.ErrorCode == TableErrorCode.ResourceNotFound)
        {
            return false;
        }
    }
}
