using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.Core;
using CloudNative.CloudEvents.Http;
using CloudNative.CloudEvents.SystemTextJson;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AlertFunctions.Api.Events.Formats.CloudEvents;

/// <summary>CloudEvents 1.0 over HTTP: one event (structured), several (batch), or one whose attributes are headers and whose data is the body (binary).</summary>
internal sealed class CloudEventsFormat : IEventFormat
{
    /// <summary>The content type of one event.</summary>
    public const string MediaType = "application/cloudevents+json";

    /// <summary>The content type of several events.</summary>
    public const string BatchMediaType = "application/cloudevents-batch+json";

    /// <summary>The header of a binary request that has the event's id.</summary>
    private const string IdHeader = "ce-id";

    private const string Example =
        """{ "specversion": "1.0", "id": "evt-1", "source": "/scanners/1", "type": "com.example.malware", "subject": "web01", "time": "2026-11-24T02:00:00Z", "data": { "alert": "Eicar", "state": "occurred", "severity": "critical", "message": "Eicar_test_file" } }""";

    private static readonly JsonEventFormatter s_formatter = new(new JsonSerializerOptions(), new JsonDocumentOptions { MaxDepth = JsonBody.MaximumDepth });

    /// <inheritdoc/>
    public string Name => "cloudEvents";

    /// <inheritdoc/>
    public string Title => "CloudEvents 1.0";

    /// <inheritdoc/>
    public IReadOnlyList<EventFormatBody> Bodies { get; } =
    [
        new(JsonBody.MediaType, "CloudEvent", CloudEventsSchema.CreateEvent),
        new(MediaType, "CloudEvent", CloudEventsSchema.CreateEvent, Example),
        new(BatchMediaType, "CloudEvents", CloudEventsSchema.CreateBatch, $"[{Example}]"),
    ];

    /// <inheritdoc/>
    public bool IsMarked(HttpRequest request) => IsStructured(request.ContentType) || IsBinary(request.Headers);

    /// <inheritdoc/>
    public bool HasShape(JsonElement body) => body.Text("specversion") is not null && body.Text("source") is not null && body.Text("type") is not null;

    /// <inheritdoc/>
    public ValueTask<IResult?> ReadAsync(ForeignRequest request, ReceivedEvents received, CancellationToken cancellationToken) => new(Read(request, received));

    private static bool IsStructured(string? contentType) => MimeUtilities.IsCloudEventsContentType(contentType) || MimeUtilities.IsCloudEventsBatchContentType(contentType);

    private static bool IsBinary(IHeaderDictionary headers) => headers.ContainsKey(HttpUtilities.SpecVersionHttpHeader);

    private static IResult? Read(ForeignRequest request, ReceivedEvents received)
    {
        // A content type of theirs comes before their headers, which a structured event may have as well.
        bool isStructured = IsStructured(request.ContentType);
        if (!isStructured && IsBinary(request.Headers))
        {
            Add("$", IdHeader, () => ReadBinary(request), () => AttributesOf(request.Headers), received);
            return null;
        }

        if (isStructured && !request.ContentType!.Contains("+json", StringComparison.OrdinalIgnoreCase))
        {
            return Problem.NotJson($"The content type is '{JsonFields.Excerpt(request.ContentType)}', but CloudEvents must be {MediaType} or {BatchMediaType}.");
        }

        (JsonElement? json, IResult? refusal) = request.ReadJson();
        if (json is not { } body)
        {
            return refusal;
        }

        if (body.ValueKind != JsonValueKind.Array)
        {
            AddJson("$", body, received);
            return null;
        }

        foreach ((int index, JsonElement item) in body.EnumerateArray().Index())
        {
            AddJson($"$[{index}]", item, received);
        }

        return null;
    }

    private static void AddJson(string path, JsonElement item, ReceivedEvents received)
    {
        if (ForeignJson.FaultOfItem(item) is { } fault)
        {
            received.Reject(path, item.GetRawText(), fault);
            return;
        }

        Add(path, $"{path}.id", () => s_formatter.ConvertFromJsonElement(item, extensionAttributes: null), item.GetRawText, received);
    }

    private static void Add(string path, string idPath, Func<CloudEvent> read, Func<string> itemOf, ReceivedEvents received)
    {
        CloudEvent item;
        try
        {
            item = read();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException or JsonException)
        {
            // What the library throws for what is no CloudEvent.
            received.Reject(path, itemOf(), $"is no CloudEvent: {HarmlessText.OneLine(exception.Message)}");
            return;
        }

        JsonElement data = item.Data is JsonElement { ValueKind: JsonValueKind.Object } fields ? fields : default;
        TransitionKind? kind = data.Text("state") switch
        {
            null or "occurred" => TransitionKind.Raise,
            "cleared" => TransitionKind.Clear,
            _ => null,
        };
        if (kind is null)
        {
            received.Reject(path, itemOf(), $"has the data.state '{JsonFields.Excerpt(data.Text("state")!)}', but must have 'occurred' or 'cleared', or none.");
            return;
        }

        string source = item.Source!.OriginalString;
        received.Add(new ForeignEvent(path, itemOf())
        {
            Computer = Filled(item.Subject) ?? data.Text("computer") ?? source,
            Alert = data.Text("alert") ?? item.Type!,
            Kind = kind.Value,
            Id = Keys.Hash(source, item.Id!), // together they identify a CloudEvent
            IdPath = idPath,
            Time = item.Time,
            Severity = ForeignSeverity.Of(data.Text("severity")),
            Message = data.Text("message"),
            Data = data.ValueKind == JsonValueKind.Object ? data.GetRawText() : null,
        });
    }

    /// <summary>The event of a binary request. Its data is read where it is JSON; of other data there is nothing to know.</summary>
    private static CloudEvent ReadBinary(ForeignRequest request)
    {
        var item = new CloudEvent(CloudEventsSpecVersion.FromVersionId(request.Headers[HttpUtilities.SpecVersionHttpHeader].ToString()) ?? throw new FormatException("ce-specversion must be 1.0."));
        foreach ((string header, StringValues value) in request.Headers)
        {
            if (HttpUtilities.GetAttributeNameFromHeaderName(header) is { } name && name != CloudEventsSpecVersion.SpecVersionAttribute.Name)
            {
                item.SetAttributeFromString(name, HttpUtilities.DecodeHeaderValue(value.ToString()));
            }
        }

        Validation.CheckCloudEventArgument(item, nameof(request));
        if (request.ReadJson().Json is { ValueKind: JsonValueKind.Object } data && JsonFields.IsUnicode(data))
        {
            item.Data = data;
        }

        return item;
    }

    /// <summary>The attributes of a binary request as lines: what can be wrong is in them.</summary>
    private static string AttributesOf(IHeaderDictionary headers) =>
        string.Join('\n', headers.Where(header => HttpUtilities.GetAttributeNameFromHeaderName(header.Key) is not null).Select(header => $"{header.Key}: {header.Value}"));

    private static string? Filled(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
