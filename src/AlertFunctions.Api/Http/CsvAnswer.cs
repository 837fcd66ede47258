using System.Globalization;
using AlertFunctions.Core.Texts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Net.Http.Headers;

namespace AlertFunctions.Api.Http;

/// <summary>A list as CSV, for those who ask for it with <c>Accept: text/csv</c>. Where a page follows, a <c>Link</c> header names it (RFC 8288).</summary>
internal static class CsvAnswer
{
    /// <summary>The content type.</summary>
    public const string ContentType = "text/csv";

    /// <summary>Whether a reader prefers CSV to JSON.</summary>
    public static bool IsWanted(HttpRequest request) => AcceptHeader.Prefers(request, ContentType);

    /// <summary>Some items as CSV.</summary>
    /// <param name="context">The request.</param>
    /// <param name="items">The items.</param>
    /// <param name="continuation">What the request of the next page names; null on the last.</param>
    /// <param name="columns">The columns: what heads each, and what it says of an item.</param>
    public static IResult Of<T>(HttpContext context, IEnumerable<T> items, string? continuation, params (string Name, Func<T, string?> Cell)[] columns)
    {
        var csv = new CsvFile();
        csv.Add([.. columns.Select(column => column.Name)]);
        foreach (T item in items)
        {
            csv.Add([.. columns.Select(column => column.Cell(item) ?? "")]);
        }

        context.Response.Headers[HeaderNames.Vary] = HeaderNames.Accept;
        if (continuation is not null)
        {
            context.Response.Headers[HeaderNames.Link] = $"<{NextPage(context.Request, continuation)}>; rel=\"next\"";
        }

        return Results.Bytes(csv.ToBytes(), $"{ContentType}; charset=utf-8");
    }

    /// <summary>A time as JSON has it too.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>The same request from another place on. A key is not repeated.</summary>
    private static string NextPage(HttpRequest request, string continuation)
    {
        var query = new QueryBuilder(request.Query.Where(parameter => parameter.Key is not ("continuation" or "code"))) { { "continuation", continuation } };
        return $"{request.PathBase}{request.Path}{query}";
    }
}
