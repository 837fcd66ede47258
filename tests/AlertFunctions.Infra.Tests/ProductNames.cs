namespace AlertFunctions.Infra.Tests;

/// <summary>
/// The one place where these tests say what the product reads and uses. Everything here belongs to the product: where it has such a
/// list itself, this file is what to replace by it.
/// </summary>
internal static class ProductNames
{
    /// <summary>Each setting that the product reads on Azure with its default; null where it is blank. Keys__* are the standalone host's alone.</summary>
    public static IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Smtp__Server"] = null,
        ["Smtp__From"] = null,
        ["Smtp__BounceAddress"] = null,
        ["Smtp__Security"] = null,
        ["Smtp__Authentication"] = "None",
        ["Smtp__UserName"] = null,
        ["Smtp__Password"] = null,
        ["Smtp__OAuth2__Scope"] = null,
        ["Smtp__MaxConnections"] = "3",
        ["Smtp__TimeoutSeconds"] = "30",
        ["Mail__Culture"] = "ja",
        ["Mail__TimeZone"] = null,
        ["Mail__AlertEmailAddress"] = null,
        ["Mail__ConsoleUrl"] = null,
        ["Mail__CollectSeconds"] = "0",
        ["Events__RetentionDays"] = "90",
    };

    public static string[] Tables { get; } = ["AlertTypes", "Events", "SystemEvents", "Users", "Work"];

    public static string[] Queues { get; } = ["outgoing-mail", "outgoing-mail-poison"];

    public static string[] Containers { get; } = ["reports", "smtp-slots"];

    public const string MailFailingEvent = "MailFailing";

    public const string SendFunction = "SendMail";

    public const string RedriveFunction = "RedriveFailedMail";
}
