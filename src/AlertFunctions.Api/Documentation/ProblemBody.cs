using System.Collections.ObjectModel;

namespace AlertFunctions.Api.Documentation;

/// <summary>What was wrong (RFC 9457), as the document shows it.</summary>
internal sealed record ProblemBody
{
    /// <summary>An address that describes the status.</summary>
    public required string Type { get; init; }

    /// <summary>What was wrong and what to do, for a person.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>The stable code by which programs recognise the problem, such as `invalidRequest`, `notFound` or `storageUnavailable`.</summary>
    public required string Code { get; init; }

    /// <summary>Under which the log has the request.</summary>
    public required string TraceId { get; init; }

    /// <summary>Every fault of an invalid request: under its JSON path, or the name of the query parameter, what is wrong there and what is accepted.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; init; } = ReadOnlyDictionary<string, string[]>.Empty;
}
