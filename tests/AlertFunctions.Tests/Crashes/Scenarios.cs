using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Crashes;

/// <summary>The ways through the product that are broken at every step.</summary>
internal static class Scenarios
{
    private const string Ops = "ops@example.com";

    /// <summary>A raise that two people get.</summary>
    public static Scenario Raise { get; } = new("a raise with two recipients")
    {
        Prepare = installation => AddUsersAsync(installation, ["anna@example.com"]),
        Events = Events(("pc-1", "Eicar", "occurred")),
        Mails = [(Ops, Raised("Eicar")), ("anna@example.com", Raised("Eicar"))],
        Alerts = ["Eicar pc-1"],
        Transactions = ["190 Eicar pc-1"],
        RecordedEvents = 1,
    };

    /// <summary>Three transitions in one request.</summary>
    public static Scenario RaiseClearRaise { get; } = new("a raise, a clear and a raise in one request")
    {
        Prepare = MailBothAsync,
        Events = Events(("pc-1", "Eicar", "occurred"), ("pc-1", "Eicar", "cleared"), ("pc-1", "Eicar", "occurred")),
        Mails = [(Ops, Raised("Eicar")), (Ops, Cleared("Eicar")), (Ops, Raised("Eicar"))],
        Alerts = ["Eicar pc-1"],
        Transactions = ["190 Eicar pc-1", "190 Eicar pc-1", "192 Eicar pc-1"],
        RecordedEvents = 3,
    };

    /// <summary>The same event twice before it is cleared: the second changes nothing, now or when the request is repeated.</summary>
    public static Scenario RaiseRepeatClear { get; } = new("a raise, its repeat and a clear in one request")
    {
        Events = Events(("pc-1", "Eicar", "occurred"), ("pc-1", "Eicar", "occurred"), ("pc-1", "Eicar", "cleared")),
        Mails = [(Ops, Raised("Eicar"))],
        Transactions = ["190 Eicar pc-1", "192 Eicar pc-1"],
        RecordedEvents = 3,
    };

    /// <summary>Three alert types, of which one on two computers, and two in one shard, so that their mail is composed together.</summary>
    public static Scenario FourComputers { get; } = new("four computers of three types")
    {
        Events = Events(("pc-1", "Eicar", "occurred"), ("pc-2", "Disk full", "occurred"), ("pc-3", "Eicar", "occurred"), ("pc-4", "Botnet", "occurred")),
        Mails = [(Ops, Raised("Eicar", 2)), (Ops, Raised("Disk full")), (Ops, Raised("Botnet"))],
        Alerts = ["Eicar pc-1", "Eicar pc-3", "Disk full pc-2", "Botnet pc-4"],
        Transactions = ["190 Eicar pc-1, pc-3", "190 Disk full pc-2", "190 Botnet pc-4"],
        RecordedEvents = 4,
    };

    /// <summary>More recipients than two mails hold.</summary>
    public static Scenario ManyRecipients { get; } = new("120 recipients")
    {
        Prepare = installation => AddUsersAsync(installation, ManyUsers),
        Events = Events(("pc-1", "Eicar", "occurred")),
        Mails = [(Ops, Raised("Eicar")), .. ManyUsers.Select(address => (address, Raised("Eicar")))],
        Alerts = ["Eicar pc-1"],
        Transactions = ["190 Eicar pc-1"],
        RecordedEvents = 1,
    };

    /// <summary>A mail that failed is re-sent an hour later, by the timer.</summary>
    public static Scenario Resend { get; } = new("the re-send of a failed mail")
    {
        Prepare = async installation =>
        {
            await AddUsersAsync(installation, ["anna@example.com"]);
            installation.Smtp.StopListening();
            ProductProcess product = installation.Start();
            product.Log.Expect(201);
            await product.Get<EventRecorder>().RecordAsync(Events(("pc-1", "Eicar", "occurred")), CancellationToken.None);
            await product.WorkOffQueueAsync();
            installation.Smtp.StartListening();
            installation.Clock.Advance(TimeSpan.FromMinutes(61));
        },
        Mails = [(Ops, Raised("Eicar")), ("anna@example.com", Raised("Eicar"))],
        Alerts = ["Eicar pc-1"],
        Transactions = ["190 Eicar pc-1"],
        RecordedEvents = 1,
    };

    /// <summary>Events that cannot be recognised when they come again.</summary>
    public static Scenario WithoutIds { get; } = new("a raise, a clear and a raise without ids")
    {
        Prepare = MailBothAsync,
        Events = Events(("pc-1", "Eicar", "occurred"), ("pc-1", "Eicar", "cleared"), ("pc-1", "Eicar", "occurred")).Select(item => item with { Id = null }).ToList(),
        Mails = [(Ops, Raised("Eicar")), (Ops, Cleared("Eicar")), (Ops, Raised("Eicar"))],
        Alerts = ["Eicar pc-1"],
        Transactions = ["190 Eicar pc-1", "190 Eicar pc-1", "192 Eicar pc-1"],
        RecordedEvents = 3,
    };

    /// <summary>More raises than a transaction holds, and one event twice.</summary>
    public static Scenario Storm { get; } = new("a storm of 60 computers")
    {
        Events = [.. StormEvents, StormEvents[0]],
        Mails = [(Ops, Raised("Eicar", 60))],
        Alerts = [.. StormEvents.Select(item => $"Eicar {item.Computer}")],
        Transactions = [$"190 Eicar {Names(StormEvents.Take(49))}", $"190 Eicar {Names(StormEvents.Skip(49))}"],
        RecordedEvents = 60,
    };

    private static IReadOnlyList<Event> StormEvents => Events([.. Enumerable.Range(1, 60).Select(number => ($"pc-{number:D2}", "Eicar", "occurred"))]);

    private static string Names(IEnumerable<Event> events) => string.Join(", ", events.Select(item => item.Computer));

    private static IEnumerable<string> ManyUsers => Enumerable.Range(1, 119).Select(number => $"user{number:D3}@example.com");

    /// <summary>The subject of a raise's mail.</summary>
    public static string Raised(string alert, int computers = 1) => $"新しいアラートの発令: {computers}台のコンピュータで、{alert}アラートが発生しました";

    /// <summary>The subject of a clear's mail.</summary>
    public static string Cleared(string alert, int computers = 1) => $"アラートの解消: {computers}台のコンピュータで、{alert}アラートが解消されました";

    /// <summary>Events with ids and times, as a client sends them that can repeat its request.</summary>
    public static IReadOnlyList<Event> Events(params (string Computer, string Alert, string State)[] events) => events
        .Select((item, index) => new Event(item.Computer, item.Alert, item.State == "occurred" ? TransitionKind.Raise : TransitionKind.Clear, FakeClock.Origin.AddSeconds(index - 60))
        {
            Id = $"evt-{index + 1}",
        })
        .ToList();

    /// <summary>Writes users that receive alert mail, many at once.</summary>
    public static async Task AddUsersAsync(Installation installation, IEnumerable<string> addresses)
    {
        foreach (string[] some in addresses.Chunk(100))
        {
            await installation.Table("Users").SubmitTransactionAsync(some.Select(address => new TableTransactionAction(
                TableTransactionActionType.Add,
                new TableEntity("user", address.Split('@')[0]) { ["Name"] = address.Split('@')[0], ["Email"] = address, ["ReceiveAlertMail"] = true })));
        }
    }

    /// <summary>Turns both mail switches of the type on (S1).</summary>
    public static Task MailBothAsync(Installation installation) =>
        installation.Start().Get<AlertTypeStore>().PutAsync("Eicar", type => (type ?? new AlertType("Eicar")) with { MailWhenRaised = true, MailWhenCleared = true }, CancellationToken.None);
}
