using System.Globalization;
using System.Text;
using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Events.Formats.DeepSecurity;

/// <summary>
/// Lines in the Common Event Format, as Deep Security Manager and its agents send them to syslog and a syslog server passes them on: one a line (text), a JSON
/// value a line (NDJSON), or a JSON array. A JSON value is the line itself or an object that has it.
/// </summary>
internal sealed class CefFormat : IEventFormat
{
    private const string TextMediaType = "text/plain";
    private const string JsonLinesMediaType = "application/x-ndjson";

    private const string Example = @"CEF:0|Trend Micro|Deep Security Agent|20.0.877|4000000|Eicar_test_file|6|dvchost=web01 filePath=C:\\eicar.exe act=Delete";

    /// <summary>From this number on, an event is critical.</summary>
    private const int LowestCritical = 7;

    /// <summary>What syslog servers call the line in an object.</summary>
    private static readonly string[] s_lineNames = ["message", "MESSAGE", "log", "msg"];

    private static readonly string[] s_jsonLines = [JsonLinesMediaType, "application/ndjson", "application/jsonl", "application/x-jsonlines"];
    private static readonly string[] s_managers = ["Deep Security Manager", "Workload Security"];

    /// <inheritdoc/>
    public string Name => "cef";

    /// <inheritdoc/>
    public string Title => "lines in the Common Event Format, as Deep Security sends them to syslog";

    /// <inheritdoc/>
    public IReadOnlyList<EventFormatBody> Bodies { get; } =
    [
        new(TextMediaType, "CefLines", () => CreateSchema("CEF, one event a line, with or without what syslog puts before it."), Example),
        new(JsonLinesMediaType, "CefJsonLines", () => CreateSchema("A JSON value a line: a line of CEF as a text, or an object with it as its `message`, `MESSAGE`, `log` or `msg`."), $$"""{ "message": "{{Example.Replace("\\", "\\\\", StringComparison.Ordinal)}}" }"""),
        new(JsonBody.MediaType, "CefArray", () => new OpenApiSchema { Type = JsonSchemaType.Array, MinItems = 1, Description = "Lines of CEF.", Items = new OpenApiSchema { Type = JsonSchemaType.String } }),
    ];

    /// <inheritdoc/>
    public bool IsMarked(HttpRequest request) => IsText(request.ContentType) || IsJsonLines(request.ContentType);

    /// <inheritdoc/>
    public bool HasShape(JsonElement body) => body.ValueKind == JsonValueKind.Array && body.EnumerateArray().Any(item => LineOf(item) is { } line && CefLine.IsIn(line));

    /// <inheritdoc/>
    public ValueTask<IResult?> ReadAsync(ForeignRequest request, ReceivedEvents received, CancellationToken cancellationToken) => new(Read(request, received));

    private static IResult? Read(ForeignRequest request, ReceivedEvents received)
    {
        (ReadOnlyMemory<byte> utf8, IResult? refusal) = request.ReadText();
        if (refusal is not null)
        {
            return refusal;
        }

        string text = Encoding.UTF8.GetString(utf8.Span);
        char first = text.AsSpan().TrimStart() is { IsEmpty: false } written ? written[0] : default;
        if (IsText(request.ContentType) && first is '{' or '[')
        {
            return request.RefuseContentType(); // our own events under a wrong name: as a bad line, they would be lost with a 200
        }

        if (first == '[')
        {
            return ReadArray(request, received);
        }

        bool isJson = first is '{' or '"';
        List<(string Path, string Item)> lines = LinesOf(text);
        List<(string Path, string Item, string? Line)> items = isJson ? [.. lines.Select(line => (line.Path, line.Item, LineOf(line.Item)))] : [.. lines.Select(line => (line.Path, line.Item, (string?)line.Item))];
        if (isJson && IsJsonLines(request.ContentType) && items.TrueForAll(item => item.Line is null))
        {
            return request.RefuseContentType(); // likewise
        }

        foreach ((string path, string item, string? line) in items)
        {
            Read(path, item, line, received);
        }

        return null;
    }

    private static IResult? ReadArray(ForeignRequest request, ReceivedEvents received)
    {
        (JsonElement? json, IResult? refusal) = request.ReadJson();
        if (json is not { } array)
        {
            return refusal;
        }

        foreach ((int index, JsonElement item) in array.EnumerateArray().Index())
        {
            Read(string.Create(CultureInfo.InvariantCulture, $"$[{index}]"), item.GetRawText(), LineOf(item), received);
        }

        return null;
    }

    private static void Read(string path, string item, string? line, ReceivedEvents received)
    {
        if (line is null)
        {
            received.Reject(path, item, $"has no line in the Common Event Format: it must be a text, or an object with a text {string.Join(" or ", s_lineNames)}.");
            return;
        }

        (CefLine? cef, string? fault) = CefLine.Read(line.Trim());
        ForeignEvent? read = cef is null ? null : s_managers.Contains(cef.Product, StringComparer.OrdinalIgnoreCase) ? OfManager(cef, path, item) : OfAgent(cef, path, item);
        if (read is null)
        {
            received.Reject(path, item, fault ?? "names no computer: it has no dvchost, dvc or target, and no host before CEF.");
            return;
        }

        received.Add(read);
    }

    /// <summary>A manager reports the beginning and end of alerts, and much else that is none.</summary>
    private static ForeignEvent? OfManager(CefLine line, string path, string item)
    {
        var system = DeepSecuritySystemEvent.Of(line.Signature, line.Name, line["msg"]);
        return (line["target"] ?? ComputerOf(line)) is not { } computer ? null : new ForeignEvent(path, item)
        {
            Computer = computer,
            Alert = system.Alert,
            Kind = system.Kind,
            RecordOnly = system.RecordOnly,
            Id = Keys.Hash(item),
            Time = line.Time,
            Severity = system.Severity,
            Message = line["msg"],
            Data = line.ToJson(),
        };
    }

    private static ForeignEvent? OfAgent(CefLine line, string path, string item) => ComputerOf(line) is not { } computer ? null : new ForeignEvent(path, item)
    {
        Computer = computer,
        Alert = line.Name.Length > 0 ? line.Name : line.Signature,
        Kind = TransitionKind.Raise,
        Id = Keys.Hash(item),
        Time = line.Time,
        Severity = SeverityOf(line.Severity),
        Message = line["msg"] ?? (line["filePath"] is null && line["act"] is null ? null : string.Join(' ', ((string?[])[line["filePath"], line["act"]]).Where(part => part is not null))),
        Data = line.ToJson(),
    };

    /// <summary>Where the event arose, which syslog itself does not know when the manager passes it on.</summary>
    private static string? ComputerOf(CefLine line) => line["dvchost"] ?? line["dvc"] ?? line.Host;

    private static Severity? SeverityOf(string severity) =>
        int.TryParse(severity, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? (number >= LowestCritical ? Severity.Critical : Severity.Warning)
        : severity.ToUpperInvariant() is "HIGH" or "VERY-HIGH" ? Severity.Critical
        : severity.ToUpperInvariant() is "LOW" or "MEDIUM" ? Severity.Warning
        : null;

    private static List<(string Path, string Item)> LinesOf(string text)
    {
        var lines = new List<(string, string)>();
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (!line.IsWhiteSpace())
            {
                lines.Add((string.Create(CultureInfo.InvariantCulture, $"line {number}"), line.ToString()));
            }
        }

        return lines;
    }

    private static string? LineOf(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonBody.MaximumDepth });
            return LineOf(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? LineOf(JsonElement item) =>
        !JsonFields.IsUnicode(item) ? null
        : item.ValueKind == JsonValueKind.String ? item.GetString()
        : item.FirstText(s_lineNames);

    private static bool IsText(string? contentType) => IsOfType(contentType, TextMediaType);

    private static bool IsJsonLines(string? contentType) => s_jsonLines.Any(type => IsOfType(contentType, type));

    private static bool IsOfType(string? contentType, string mediaType) => (contentType ?? "").AsSpan() is var type
        && (type.IndexOf(';') is >= 0 and var end ? type[..end] : type).Trim().Equals(mediaType, StringComparison.OrdinalIgnoreCase);

    private static OpenApiSchema CreateSchema(string description) => new() { Type = JsonSchemaType.String, Description = description };
}
