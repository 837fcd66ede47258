using System.Text;
using System.Text.Json;
using AlertFunctions.Api.Http;

namespace AlertFunctions.Api.Events.Formats.DeepSecurity;

/// <summary>A message as Amazon SNS posts it. Nothing in it is to be trusted before its signature is checked (<see cref="SnsSignature"/>).</summary>
internal sealed class SnsMessage
{
    /// <summary>The type of a message that was published to the topic.</summary>
    public const string Notification = "Notification";

    /// <summary>The type of the question whether the topic may send here.</summary>
    public const string SubscriptionConfirmation = "SubscriptionConfirmation";

    /// <summary>The type of the word that the topic sends here no more.</summary>
    public const string UnsubscribeConfirmation = "UnsubscribeConfirmation";

    /// <summary>What is signed of a notification, in order.</summary>
    private static readonly string[] s_signedOfNotification = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];

    /// <summary>What is signed of a confirmation, in order.</summary>
    private static readonly string[] s_signedOfConfirmation = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

    private readonly JsonElement _body;

    private SnsMessage(JsonElement body) => _body = body;

    /// <summary>One of the three types.</summary>
    public string Type => Text("Type")!;

    /// <summary>The topic.</summary>
    public string TopicArn => Text("TopicArn") ?? "";

    /// <summary>What was published, or what the confirmation says.</summary>
    public string Content => Text("Message") ?? "";

    /// <summary>When it was signed; null when it does not say so.</summary>
    public DateTimeOffset? Time => _body.Time("Timestamp");

    /// <summary><c>1</c> (SHA-1) or <c>2</c> (SHA-256).</summary>
    public string? SignatureVersion => Text("SignatureVersion");

    /// <summary>The signature in Base64.</summary>
    public string? Signature => Text("Signature");

    /// <summary>Where the certificate of the signature is said to be.</summary>
    public string? CertificateAddress => Text("SigningCertURL");

    /// <summary>Where a subscription is said to be confirmed.</summary>
    public string? ConfirmationAddress => Text("SubscribeURL");

    /// <summary>The text that is signed: names and values of the type's fields, each in a line. A subject is only there if one was published.</summary>
    public byte[] Signed
    {
        get
        {
            var signed = new StringBuilder();
            foreach (string name in Type == Notification ? s_signedOfNotification : s_signedOfConfirmation)
            {
                if (Text(name) is { } value)
                {
                    signed.Append(name).Append('\n').Append(value).Append('\n');
                }
            }

            return Encoding.UTF8.GetBytes(signed.ToString());
        }
    }

    /// <summary>The message that a body is; null when it is none.</summary>
    public static SnsMessage? Of(JsonElement body) =>
        body.Text("Type") is Notification or SubscriptionConfirmation or UnsubscribeConfirmation && body.Text("TopicArn") is not null && JsonFields.IsUnicode(body) ? new SnsMessage(body) : null;

    /// <summary>A text as it is, blank or not: what is signed is not ours to trim.</summary>
    private string? Text(string name) => _body.Member(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
