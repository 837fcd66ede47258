using System.Text.Json;
using AlertFunctions.Api.Http;
using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Api.Events.Formats;

/// <summary>A request in a format that is not ours.</summary>
/// <param name="http">The request; its body was read.</param>
/// <param name="body">The body.</param>
/// <param name="dryRun">Whether nothing is to be changed, here or at the sender.</param>
/// <param name="json">The body as JSON, if it was read as such to recognise the format; its reader disposes of it.</param>
internal sealed class ForeignRequest(HttpRequest http, ReadOnlyMemory<byte> body, bool dryRun, JsonDocument? json = null) : IDisposable
{
    private JsonDocument? _own;

    /// <summary>Whether nothing is to be changed, here or at the sender.</summary>
    public bool DryRun => dryRun;

    /// <summary>The headers.</summary>
    public IHeaderDictionary Headers => http.Headers;

    /// <summary>The content type, or null.</summary>
    public string? ContentType => http.ContentType;

    /// <summary>The answer to a body that is JSON, but was sent as something else.</summary>
    public IResult RefuseContentType() => Problem.NotJson(JsonBody.ContentTypeFault(http, holdsSeveralValues: JsonBody.IsSeveralValues(ReadText().Utf8.Span))!);

    /// <summary>The body as text in UTF-8, or the answer that says why it is none.</summary>
    public (ReadOnlyMemory<byte> Utf8, IResult? Refusal) ReadText() => RequestBody.ToText(body);

    /// <summary>The body as JSON, or the answer that says why it is none.</summary>
    public (JsonElement? Json, IResult? Refusal) ReadJson()
    {
        IResult? refusal = null;
        if (json is null && _own is null)
        {
            (ReadOnlyMemory<byte> text, refusal) = ReadText();
            if (refusal is null)
            {
                (_own, refusal) = JsonBody.Parse(text);
            }
        }

        return ((json ?? _own)?.RootElement, refusal);
    }

    /// <inheritdoc/>
    public void Dispose() => _own?.Dispose();
}
