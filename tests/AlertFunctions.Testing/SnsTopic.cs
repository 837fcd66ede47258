using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace AlertFunctions.Testing;

/// <summary>A topic of Amazon SNS with a key of its own: signs messages as SNS does, and answers in its place when its certificate is asked for or a subscription confirmed.</summary>
public sealed class SnsTopic : HttpMessageHandler
{
    /// <summary>Where its certificate is.</summary>
    public const string CertificateAddress = "https://sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";

    /// <summary>Where a subscription is confirmed.</summary>
    public const string ConfirmationAddress = "https://sns.ap-northeast-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:ap-northeast-1:123456789012:ds&Token=2336412f37";

    private static readonly string[] s_signedOfNotification = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
    private static readonly string[] s_signedOfConfirmation = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

    private readonly RSA _key = RSA.Create(2048);
    private readonly List<Uri> _requests = [];

    /// <summary>The addresses that were asked, in order.</summary>
    public IReadOnlyList<Uri> Requests => _requests;

    /// <summary>Answers in place of the certificate and the confirmation; null for the usual.</summary>
    public Func<HttpResponseMessage>? Answer { get; set; }

    /// <summary>What its certificate names.</summary>
    public string CertificateName { get; set; } = "sns.amazonaws.com";

    /// <summary>From when its certificate is valid, for a year.</summary>
    public DateTimeOffset ValidFrom { get; set; } = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A notification, signed.</summary>
    /// <param name="content">What was published.</param>
    /// <param name="change">Changes the message before it is signed, or null.</param>
    /// <param name="version">The version of the signature.</param>
    public JsonObject Notification(string content, Action<JsonObject>? change = null, string version = "1") => Sign(
        new JsonObject
        {
            ["Type"] = "Notification",
            ["MessageId"] = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            ["TopicArn"] = "arn:aws:sns:ap-northeast-1:123456789012:ds",
            ["Message"] = content,
            ["Timestamp"] = "2026-11-24T01:58:00.000Z",
            ["UnsubscribeURL"] = "https://sns.ap-northeast-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:ap-northeast-1:123456789012:ds:c9135db0",
        },
        change,
        version);

    /// <summary>A confirmation, signed.</summary>
    /// <param name="type"><c>SubscriptionConfirmation</c> or <c>UnsubscribeConfirmation</c>.</param>
    /// <param name="change">Changes the message before it is signed, or null.</param>
    public JsonObject Confirmation(string type, Action<JsonObject>? change = null) => Sign(
        new JsonObject
        {
            ["Type"] = type,
            ["MessageId"] = "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
            ["Token"] = "2336412f37",
            ["TopicArn"] = "arn:aws:sns:ap-northeast-1:123456789012:ds",
            ["Message"] = "You have chosen to subscribe to the topic.\nTo confirm the subscription, visit the SubscribeURL included in this message.",
            ["SubscribeURL"] = ConfirmationAddress,
            ["Timestamp"] = "2026-11-24T01:58:00.000Z",
        },
        change,
        version: "1");

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _requests.Add(request.RequestUri!);
        return Task.FromResult(Answer?.Invoke() ?? new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent(request.RequestUri!.AbsolutePath.EndsWith(".pem", StringComparison.Ordinal) ? CertificatePem() : "<ConfirmSubscriptionResponse/>"),
        });
    }

    protected override void Dispose(bool disposing)
    {
        _key.Dispose();
        base.Dispose(disposing);
    }

    private JsonObject Sign(JsonObject message, Action<JsonObject>? change, string version)
    {
        message["SignatureVersion"] = version;
        message["SigningCertURL"] = CertificateAddress;
        change?.Invoke(message);
        string[] names = (string?)message["Type"] == "Notification" ? s_signedOfNotification : s_signedOfConfirmation;
        string signed = string.Concat(names.Where(message.ContainsKey).Select(name => $"{name}\n{message[name]}\n"));
#pragma warning disable CA5350 // version 1 is SHA-1
        HashAlgorithmName algorithm = version == "1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
#pragma warning restore CA5350
        message["Signature"] = Convert.ToBase64String(_key.SignData(Encoding.UTF8.GetBytes(signed), algorithm, RSASignaturePadding.Pkcs1));
        return message;
    }

    private string CertificatePem()
    {
        var request = new CertificateRequest($"CN={CertificateName}", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(ValidFrom, ValidFrom.AddYears(1));
        return certificate.ExportCertificatePem();
    }
}
