using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Infra.Tests;

/// <summary>What the product says of itself, which the deployment must match.</summary>
internal static partial class Product
{
    public const string MailFailingEvent = "MailFailing";

    public const string SendFunction = "SendMail";

    public const string RedriveFunction = "RedriveFailedMail";

    private static readonly Lazy<IReadOnlyList<Uri>> Created = new(() => RecordCreation().GetAwaiter().GetResult());

    /// <summary>The names of the app settings that the product reads, but for those of the storage account.</summary>
    public static IEnumerable<string> Settings => AllSettings.Where(name => !name.StartsWith("AzureWebJobsStorage", StringComparison.Ordinal));

    /// <summary>The names of all app settings that the product reads.</summary>
    public static IEnumerable<string> AllSettings => AlertFunctionsSettings.Keys.Select(key => key.Replace(":", "__", StringComparison.Ordinal));

    /// <summary>The tables, queues and containers that the product creates where no deployment does, with a leading letter for their kind.</summary>
    public static IEnumerable<string> StorageNames => Created.Value.Select(address => $"{address.Port switch { 10000 => "container", 10001 => "queue", _ => "table" }} {address.Fragment.TrimStart('#')}");

    /// <summary>The names of all events that the product logs.</summary>
    public static IEnumerable<string?> LogEvents => typeof(AlertFunctionsSettings).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventName);

    /// <summary>The functions of the function app, read from its source: these tests need nothing else of it.</summary>
    public static IEnumerable<string> Functions => Directory.EnumerateFiles(Repository.PathOf("src/AlertFunctions"), "*.cs", SearchOption.AllDirectories)
        .SelectMany(file => Function().Matches(File.ReadAllText(file))).Select(match => match.Groups["name"].Value);

    private static async Task<IReadOnlyList<Uri>> RecordCreation()
    {
        StorageSettings settings = new("UseDevelopmentStorage=true");
        using Recorder recorder = new();
        using HttpClientTransport transport = new(recorder);
        await new StorageClients(settings, StorageClients.CreateCredential(settings), TimeProvider.System, transport: transport).CreateIfMissingAsync(CancellationToken.None);
        return recorder.Created;
    }

    [GeneratedRegex(@"\[Function\((nameof\(|"")(?<name>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Function();

    /// <summary>A storage service that says yes and keeps what it was asked to create, the name as the address's fragment.</summary>
    private sealed partial class Recorder : HttpMessageHandler
    {
        public List<Uri> Created { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string name = request.Method == HttpMethod.Post
                ? TableName().Match(await request.Content!.ReadAsStringAsync(cancellationToken)).Groups["name"].Value
                : request.RequestUri!.AbsolutePath.Split('/')[^1];
            Created.Add(new UriBuilder(request.RequestUri!) { Fragment = name }.Uri);
            return new HttpResponseMessage(HttpStatusCode.Created) { Content = new StringContent("""{ "TableName": "" }""", System.Text.Encoding.UTF8, "application/json") };
        }

        [GeneratedRegex("\"TableName\":\"(?<name>\\w+)\"", RegexOptions.ExplicitCapture, 1000)]
        private static partial Regex TableName();
    }
}
