using System.Text.Json;

namespace AlertFunctions.Infra.Tests;

/// <summary>The resources of one deployment, as the Bicep CLI predicts them: everything but what only Azure can answer is resolved.</summary>
internal sealed class Deployment(JsonElement snapshot)
{
    public const string Password = "correct horse battery staple";

    /// <summary>The registration that people sign in to.</summary>
    public const string ClientId = "33333333-3333-3333-3333-333333333333";

    public const string Operator = "operator@example.org";

    /// <summary>The longest name that an environment may have.</summary>
    public const string LongName = "an-environment-with-a-name-as-long-as-it-may-be1";

    /// <summary>A value for every azd name that stands for a setting of the product, none of them the default.</summary>
    public static (string Name, string Value)[] EverySettingsValue { get; } =
    [
        ("SMTP_SERVER", "smtp.example.com:587"),
        ("SMTP_FROM", "alerts@example.com"),
        ("SMTP_BOUNCE_ADDRESS", "bounces@example.com"),
        ("SMTP_SECURITY", "Tls"),
        ("SMTP_AUTHENTICATION", "Password"),
        ("SMTP_USER_NAME", "mailer"),
        ("SMTP_PASSWORD", Password),
        ("SMTP_OAUTH2_SCOPE", "https://smtp.example.com/.default"),
        ("SMTP_MAX_CONNECTIONS", "7"),
        ("SMTP_TIMEOUT_SECONDS", "45"),
        ("MAIL_CULTURE", "en"),
        ("MAIL_TIME_ZONE", "Europe/Berlin"),
        ("MAIL_ALERT_EMAIL_ADDRESS", "all@example.com"),
        ("MAIL_CONSOLE_URL", "https://console.example.com"),
        ("MAIL_COLLECT_SECONDS", "20"),
        ("EVENTS_RETENTION_DAYS", "30"),
    ];

    private static readonly Lazy<Deployment> Plain = new(() => Bicep.Deploy());
    private static readonly Lazy<Deployment> EverySetting = new(() => Bicep.Deploy(EverySettingsValue));
    private static readonly Lazy<Deployment> OAuth2 = new(() => Bicep.Deploy(("SMTP_AUTHENTICATION", "OAuth2"), ("SMTP_PASSWORD", Password)));
    private static readonly Lazy<Deployment> Network = new(() => Bicep.Deploy(("VNET_ENABLED", "true"), ("SMTP_AUTHENTICATION", "Password")));
    private static readonly Lazy<Deployment> Platform = new(() => Bicep.Deploy(
        ("AZURE_ENV_NAME", LongName), ("OPERATOR_EMAIL", Operator), ("MORE_ALERT_RULES", "true"), ("SEND_MAIL_ALWAYS_READY", "1"), ("MAXIMUM_INSTANCE_COUNT", "5"), ("INSTANCE_MEMORY_MB", "512")));

    private static readonly Lazy<Deployment> Zones = new(() => Bicep.Deploy(("ZONE_REDUNDANT", "true"), ("STORAGE_SKU", "Standard_GZRS"), ("DEPLOYER_CAN_READ", "true")));
    private static readonly Lazy<Deployment> SignIn = new(() => Bicep.Deploy(("ENTRA_CLIENT_ID", ClientId)));

    public static Deployment ByDefault => Plain.Value;

    public static Deployment WithEverySetting => EverySetting.Value;

    /// <summary>With OAuth2, although a password is at hand.</summary>
    public static Deployment WithOAuth2 => OAuth2.Value;

    /// <summary>In a virtual network, with password authentication.</summary>
    public static Deployment InNetwork => Network.Value;

    /// <summary>With an operator, every alert rule, an always-ready instance, small instances, more of them, and the longest name.</summary>
    public static Deployment WithPlatformChoices => Platform.Value;

    /// <summary>Over availability zones, by somebody who wants to read the tables.</summary>
    public static Deployment SpreadOverZones => Zones.Value;

    /// <summary>With sign-in in front of the console.</summary>
    public static Deployment WithSignIn => SignIn.Value;

    public string Text => snapshot.GetRawText();

    public IEnumerable<JsonElement> All => snapshot.GetProperty("predictedResources").EnumerateArray();

    public IReadOnlyList<JsonElement> OfType(string type) => [.. All.Where(resource => resource.GetProperty("type").GetString() == type)];

    public JsonElement Single(string type) => Assert.Single(OfType(type));

    public JsonElement FunctionApp => Single("Microsoft.Web/sites").GetProperty("properties");

    public JsonElement Scaling => FunctionApp.GetProperty("functionAppConfig").GetProperty("scaleAndConcurrency");

    public IReadOnlyDictionary<string, string> AppSettings => FunctionApp.GetProperty("siteConfig").GetProperty("appSettings").EnumerateArray()
        .ToDictionary(setting => setting.GetProperty("name").GetString()!, setting => setting.GetProperty("value").GetString()!, StringComparer.Ordinal);

    /// <summary>The last parts of the names of a type of resource, such as the tables of the storage account.</summary>
    public IEnumerable<string> Names(string type) => OfType(type).Select(resource => resource.GetProperty("name").GetString()!.Split('/')[^1]).Order(StringComparer.Ordinal);

    /// <summary>Each role assignment as the type of resource that it is on and the id of the role.</summary>
    public IEnumerable<(string On, string Role)> Roles => OfType("Microsoft.Authorization/roleAssignments").Select(assignment =>
    {
        string[] parts = assignment.GetProperty("id").GetString()!.Split('/');
        int provider = Array.IndexOf(parts, "providers");
        return ($"{parts[provider + 1]}/{parts[provider + 2]}", assignment.GetProperty("properties").GetProperty("roleDefinitionId").GetString()!.Split('/')[^1]);
    }).Order();
}
