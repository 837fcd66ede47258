using System.Globalization;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Failures;

/// <summary>What the tests of failing mail have in common: one installation, one process of it, and time that passes with its timers.</summary>
public abstract class FailureTests(AzuriteServer azurite) : IAsyncLifetime
{
    /// <summary>"Mail is failing", which these tests are about.</summary>
    private const int MailFailing = 201;

    /// <summary>"A timer is late": these tests let hours pass without the run of each minute.</summary>
    private const int TimerLate = 427;

    /// <summary>More than the ten seconds between two flushes of one process.</summary>
    protected static readonly TimeSpan AfterFlush = TimeSpan.FromSeconds(11);

    protected static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Real time within which something must have happened that the fake clock alone brings about; MailKit's own time-out is longer.</summary>
    protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly List<ProductProcess> _processes = [];
    private ProductProcess? _product;

    protected Installation Installation { get; private set; } = null!;

    protected ScriptedSmtpServer Server => Installation.Smtp;

    protected FakeClock Clock => Installation.Clock;

    /// <summary>The process that most tests need only one of; started when it is first asked for, so that a test can change settings before.</summary>
    protected ProductProcess Product => _product ??= Start();

    public async ValueTask InitializeAsync() => Installation = await Installation.CreateAsync(azurite);

    public virtual async ValueTask DisposeAsync()
    {
        await Installation.DisposeAsync();
        // What a process logs that the test has killed is of no interest.
        foreach (ProductProcess process in _processes.Where(process => !process.Storage.Counter.Killed))
        {
            process.Log.AssertNothingUnexpected();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Starts a process whose warnings that mail is failing are no surprise.</summary>
    protected ProductProcess Start(IReadOnlyDictionary<string, string?>? settings = null, CallCounter? counter = null, FakeClock? clock = null, Azure.Core.TokenCredential? credential = null)
    {
        ProductProcess process = Installation.Start(settings, counter, clock, credential);
        process.Log.Expect(MailFailing).Expect(TimerLate);
        _processes.Add(process);
        return process;
    }

    /// <summary>Raises an alert and works off what follows from it.</summary>
    protected async Task RaiseAsync(string computer = "web01", string alert = "Eicar")
    {
        await Product.ReportAsync(computer, alert);
        await Product.WorkOffQueueAsync();
    }

    /// <summary>Raises an alert and works off only its own mail; what it asks for, such as a flush, is lost.</summary>
    protected async Task RaiseAloneAsync(string computer = "web01", string alert = "Eicar")
    {
        await Product.ReportAsync(computer, alert);
        await Product.HandleAsync($"compose|{alert}");
        await Product.Get<StorageClients>().OutgoingMail.ClearMessagesAsync();
    }

    /// <summary>Lets an hour pass, with the hourly run at its end.</summary>
    protected async Task PassHourAsync()
    {
        Clock.Advance(Hour);
        await Product.Get<MailRedriver>().RunHourlyAsync(CancellationToken.None);
        await Product.WorkOffQueueAsync();
    }

    /// <summary>Lets time pass, with one run of the minute timer at its end.</summary>
    protected async Task<List<string>> PassAsync(TimeSpan time)
    {
        Clock.Advance(time);
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        return await Product.WorkOffQueueAsync();
    }

    protected async Task AddUserAsync(string name, string? address = null, bool receives = true)
    {
        Answer answer = await Product.SendAsync("PUT", $"/api/users/{Uri.EscapeDataString(name)}", new JsonObject { ["email"] = address ?? $"{name}@example.com", ["receiveAlertMail"] = receives }.ToJsonString());
        Assert.True((int)answer.Status < 300, answer.Text);
    }

    /// <summary>The undelivered mail, as <c>GET /api/mail</c> shows it.</summary>
    protected async Task<List<JsonNode>> OwedAsync() => [.. (await Product.GetAsync("/api/mail?top=1000"))["items"]!.AsArray().Select(item => item!)];

    /// <summary>The recipients of undelivered mail, with their mails' next attempts.</summary>
    protected async Task<List<JsonNode>> OwedRecipientsAsync() => [.. (await OwedAsync()).SelectMany(mail => mail["recipients"]!.AsArray()).Select(recipient => recipient!)];

    protected async Task AssertNothingIsOwedAsync()
    {
        Assert.Empty(await Installation.RowsAsync("Work", "mail|"));
        Assert.Empty(await Installation.RowsAsync("Work", "outbox|"));
    }

    /// <summary>The descriptions of all 569, oldest first.</summary>
    protected async Task<List<string>> FailuresAsync() => [.. (await Product.SystemEventsAsync(569)).Select(Description)];

    protected static string Description(JsonNode systemEvent) => systemEvent["description"]!.GetValue<string>();

    protected static string Data(JsonNode systemEvent, string name) => systemEvent["data"]![name]!.ToString();

    /// <summary>The 569 of pattern 1.</summary>
    protected static string Unreachable { get; } = "SMTPコンピュータに接続できません: 127.0.0.1。";

    /// <summary>The 569 of pattern 2.</summary>
    protected string Refused(int code) =>
        string.Create(CultureInfo.InvariantCulture, $"エラーのため、アラートメール送信に失敗しました: Could not connect to SMTP host: 127.0.0.1, port: {Server.Port}, response: {code}");

    /// <summary>The 569 of pattern 3.</summary>
    protected static string NotAccepted(string user, int left, string title = "Eicar") =>
        string.Create(CultureInfo.InvariantCulture, $"件名「新しいアラートの発令: 1台のコンピュータで、{title}アラートが発生しました」のメッセージを{user}に送信できませんでした。あと{left}回再送信されます。");

    /// <summary>The recipients of undelivered mail, as they are stored.</summary>
    protected async Task<List<Recipient>> RecipientsAsync() => [.. (await Installation.RowsAsync("Work", "mail|")).SelectMany(row => OutgoingMail.FromRow(row).Recipients)];

    protected static DateTimeOffset Time(JsonNode? node) => DateTimeOffset.Parse(node!.GetValue<string>(), CultureInfo.InvariantCulture);

    /// <summary>Names of alert types that are all kept in the shard of the first.</summary>
    protected static IEnumerable<string> AlertTypesOfOneShard(string first = "Eicar") =>
        Enumerable.Range(0, int.MaxValue).Select(i => $"{first}{i}").Where(name => Shard.Of(name) == Shard.Of(first)).Prepend(first);
}
