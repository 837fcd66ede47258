using System.Text;
using System.Text.Json;
using AlertFunctions.Api.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Api.Events.Formats.DeepSecurity;

/// <summary>
/// The events of Deep Security and Workload Security in JSON, as Amazon SNS delivers them. Where SNS adds its signature, it is checked; with raw delivery there is
/// none, and the key alone says who may send, as with all other formats.
/// </summary>
internal sealed partial class DeepSecurityFormat(SnsSignature signature, SnsEndpoints endpoints, ILogger<DeepSecurityFormat> logger) : IEventFormat
{
    private const string SnsHeader = "x-amz-sns-message-type";
    private const string ContentPath = "$.Message";

    /// <inheritdoc/>
    public string Name => "deepSecurity";

    /// <inheritdoc/>
    public string Title => "events of Deep Security and Workload Security through Amazon SNS";

    /// <inheritdoc/>
    public IReadOnlyList<EventFormatBody> Bodies { get; } =
    [
        new("text/plain", "SnsMessage", DeepSecuritySchema.CreateMessage),
        new(JsonBody.MediaType, "SnsMessage", DeepSecuritySchema.CreateMessage),
        new(JsonBody.MediaType, "DeepSecurityEvent", DeepSecuritySchema.CreateEvent),
        new(JsonBody.MediaType, "DeepSecurityEvents", DeepSecuritySchema.CreateEvents),
    ];

    /// <inheritdoc/>
    public bool IsMarked(HttpRequest request) => request.Headers.ContainsKey(SnsHeader);

    /// <inheritdoc/>
    public bool HasShape(JsonElement body) => SnsMessage.Of(body) is not null || DeepSecurityEvents.AreIn(body);

    /// <inheritdoc/>
    public async ValueTask<IResult?> ReadAsync(ForeignRequest request, ReceivedEvents received, CancellationToken cancellationToken)
    {
        (JsonElement? json, IResult? refusal) = request.ReadJson();
        if (json is { } body)
        {
            return SnsMessage.Of(body) is { } message ? await ReadAsync(message, request.DryRun, received, cancellationToken) : ReadRaw(body, received);
        }

        if (!request.Headers.ContainsKey(SnsHeader))
        {
            return refusal;
        }

        // With raw delivery, whatever somebody published to the topic. SNS would give up on a refusal, and nobody would see what it was.
        received.Reject("$", Encoding.UTF8.GetString(request.ReadText().Utf8.Span), "is no JSON, but must be events of Deep Security.");
        return null;
    }

    private static IResult? ReadRaw(JsonElement body, ReceivedEvents received)
    {
        DeepSecurityEvents.Read("$", body, received);
        return null;
    }

    private async Task<IResult?> ReadAsync(SnsMessage message, bool dryRun, ReceivedEvents received, CancellationToken cancellationToken)
    {
        SnsRefusal? refusal = await signature.CheckAsync(message, cancellationToken);
        if (refusal is null && message.Type == SnsMessage.SubscriptionConfirmation)
        {
            if (dryRun)
            {
                return null;
            }

            refusal = await endpoints.ConfirmAsync(message.ConfirmationAddress, cancellationToken);
        }

        string topic = JsonFields.Excerpt(message.TopicArn);
        if (refusal is not null)
        {
            LogRefused(topic, refusal.Reason); // SNS shows its owner no answers
            return refusal.IsTransient
                ? Problem.Of(StatusCodes.Status503ServiceUnavailable, "snsUnavailable", refusal.Reason)
                : Problem.Of(StatusCodes.Status403Forbidden, "snsMessageRefused", refusal.Reason);
        }

        switch (message.Type)
        {
            case SnsMessage.SubscriptionConfirmation:
                LogConfirmed(topic);
                break;
            case SnsMessage.UnsubscribeConfirmation:
                LogUnsubscribed(topic);
                break;
            default:
                ReadContent(message.Content, received);
                break;
        }

        return null;
    }

    private static void ReadContent(string content, ReceivedEvents received)
    {
        try
        {
            using var document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = JsonBody.MaximumDepth });
            DeepSecurityEvents.Read(ContentPath, document.RootElement, received);
        }
        catch (JsonException)
        {
            received.Reject(ContentPath, content, "is no JSON, but must be events of Deep Security.");
        }
    }

    [LoggerMessage(EventId = 304, Level = LogLevel.Warning, Message = "A message of the Amazon SNS topic {Topic} was refused. {Reason}")]
    private partial void LogRefused(string topic, string reason);

    [LoggerMessage(EventId = 305, Level = LogLevel.Information, Message = "The subscription to the Amazon SNS topic {Topic} is confirmed.")]
    private partial void LogConfirmed(string topic);

    [LoggerMessage(EventId = 306, Level = LogLevel.Warning, Message = "The subscription to the Amazon SNS topic {Topic} was deleted: its events come here no more.")]
    private partial void LogUnsubscribed(string topic);
}
