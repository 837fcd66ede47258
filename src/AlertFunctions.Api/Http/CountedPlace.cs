using System.Globalization;
using AlertFunctions.Core.Alerts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AlertFunctions.Api.Http;

/// <summary>Where a page ended of a list that is counted with its first page. The pages after it repeat that count, since only the first knows where the list begins.</summary>
/// <param name="Key">The place in the list.</param>
/// <param name="Total">How many there were over all pages; null when that is not known.</param>
internal sealed record CountedPlace(string Key, int? Total)
{
    private const char Separator = ' ';

    /// <summary>How long counting may hold up a page; a list that takes longer has no total.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>The place as a continuation has it.</summary>
    public string ToContinuation() => string.Create(CultureInfo.InvariantCulture, $"{Total}{Separator}{Key}");

    /// <summary>The place that a text stands for; null when it stands for none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isKey">Whether a text can be a place of the list.</param>
    public static CountedPlace? Parse(string text, Func<string, bool> isKey) => text.Split(Separator, 2) switch
    {
        ["", var key] when isKey(key) => new CountedPlace(key, null),
        [var digits, var key] when isKey(key) && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int total) => new CountedPlace(key, total),
        _ => null,
    };

    /// <summary>A page with its total. Only a full first page needs counting: one that is not full ends the list, or has used up what one request may read.</summary>
    /// <param name="context">The request.</param>
    /// <param name="items">What is on the page.</param>
    /// <param name="top">How many would fill it.</param>
    /// <param name="before">Where the page before ended; null for the first.</param>
    /// <param name="next">Where this one ends; null for the last.</param>
    /// <param name="countAsync">Counts what comes after a place, up to a limit; null when there is more, or more than one request may read.</param>
    public static async Task<Page<T>> PageAsync<T>(
        HttpContext context, IReadOnlyList<T> items, int top, CountedPlace? before, string? next, Func<string, int, CancellationToken, Task<int?>> countAsync)
    {
        int? total = before switch
        {
            not null => before.Total,
            null when next is null => items.Count,
            null when items.Count == top => items.Count + await CountAsync(context, token => countAsync(next, AlertLister.MaximumTotal - top, token)),
            null => null,
        };
        bool isLast = next is null || (before is null && total == items.Count);
        return new Page<T>(items, total, isLast ? null : Query.EncodeContinuation(new CountedPlace(next!, total).ToContinuation()));
    }

    private static async Task<int?> CountAsync(HttpContext context, Func<CancellationToken, Task<int?>> countAsync)
    {
        using var limit = new CancellationTokenSource(Limit, context.RequestServices.GetRequiredService<TimeProvider>());
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.StorageDeadline());
        try
        {
            return await countAsync(either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return null;
        }
    }
}
