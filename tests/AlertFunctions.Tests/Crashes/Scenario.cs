using AlertFunctions.Core.Events;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Crashes;

/// <summary>One way through the product, from the request to the mail, and what must have come of it in the end whatever happened on the way.</summary>
internal sealed record Scenario(string Name)
{
    /// <summary>What the client reports, and reports again when it got no 200; empty for a way that the timer begins.</summary>
    public IReadOnlyList<Event> Events { get; init; } = [];

    /// <summary>Puts the installation into the state that the way begins with.</summary>
    public Func<Installation, Task> Prepare { get; init; } = _ => Task.CompletedTask;

    /// <summary>Address and subject of each undelivered mail.</summary>
    public required IReadOnlyList<(string Address, string Subject)> Mails { get; init; }

    /// <summary>Type and computer of each alert that exists in the end.</summary>
    public IReadOnlyList<string> Alerts { get; init; } = [];

    /// <summary>Number, type and computers of each transaction's 190 or 192.</summary>
    public IReadOnlyList<string> Transactions { get; init; } = [];

    /// <summary>How many events are recorded in the end.</summary>
    public int RecordedEvents { get; init; }

    /// <summary>
    /// Reports the events as the endpoint does. Hundreds of processes do, and each would compile the whole pipeline for this one request, so it is left out.
    /// </summary>
    /// <returns>The answer, in words.</returns>
    public async Task<string> ReportAsync(ProductProcess process)
    {
        if (Events.Count == 0)
        {
            return "";
        }

        RecordedEvents recorded = await process.Get<EventRecorder>().RecordAsync(Events, CancellationToken.None);
        return $"recorded {recorded.Recorded}, duplicates {recorded.Duplicates}, raised {string.Join(", ", recorded.Raised)}, cleared {string.Join(", ", recorded.Cleared)}";
    }

    /// <summary>Does what is left to do: what the timer finds, or what the request's wake-ups ask for.</summary>
    public async Task WorkOffAsync(ProductProcess process, bool timer)
    {
        if (timer || Events.Count == 0)
        {
            await process.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        }

        await process.WorkOffQueueAsync();
    }
}

/// <summary>Looks at an installation after everything was done.</summary>
internal static class Audit
{
    /// <summary>Finds exactly what a scenario must lead to.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="installation">The installation.</param>
    /// <param name="product">A process that lives.</param>
    /// <param name="mayRepeat">The Message-IDs that a dead process had delivered and not recorded: these, and no others, come twice (rule 5).</param>
    public static async Task AssertNothingLostAsync(Scenario scenario, Installation installation, ProductProcess product, IReadOnlySet<string> mayRepeat)
    {
        var received = installation.Smtp.Accepted.GroupBy(mail => mail.Message.MessageId!, StringComparer.Ordinal).ToList();
        Assert.Equal(
            scenario.Mails.Select(mail => $"{mail.Address} {mail.Subject}").Order(StringComparer.Ordinal),
            received.Select(mail => $"{mail.First().Recipients[0]} {mail.First().Message.Subject}").Order(StringComparer.Ordinal));
        Assert.All(received, mail => Assert.Equal((mail.Key, mayRepeat.Contains(mail.Key) ? 2 : 1), (mail.Key, mail.Count())));

        var work = await installation.RowsAsync("Work");
        Assert.Empty(work.Where(row => row.RowKey.StartsWith("mail|", StringComparison.Ordinal) || row.RowKey.StartsWith("outbox|", StringComparison.Ordinal)).Select(row => row.RowKey));
        Assert.Equal(
            scenario.Alerts.Order(StringComparer.Ordinal),
            work.Where(row => row.RowKey.StartsWith("alert|", StringComparison.Ordinal) && row.ContainsKey("RaisedAt")).Select(row => $"{row["Alert"]} {row["Computer"]}").Order(StringComparer.Ordinal));
        Assert.Equal(scenario.RecordedEvents, (await installation.RowsAsync("Work", "event|")).Count);

        IReadOnlyList<SystemEvent> systemEvents = await SystemEventsAsync(product);
        Assert.Equal(
            scenario.Transactions.Order(StringComparer.Ordinal),
            systemEvents.Where(item => item.Number is 190 or 192)
                .Select(item => $"{item.Number} {item.Target} {string.Join(", ", ComputersOf(item).Order(StringComparer.Ordinal))}")
                .Order(StringComparer.Ordinal));
        Assert.Empty(systemEvents.Where(item => item.Number is 198 or 199).Select(item => item.Description(MailCulture.En)));

        // Each delivery is recorded (S7); that of a process that died in between may be missing, since its repetition is recorded.
        Dictionary<string, int> recorded = systemEvents.Where(item => item.Number == 197)
            .SelectMany(item => item.Data["messageIds"].Split(", "))
            .CountBy(id => id, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        Assert.All(received, mail => Assert.InRange(recorded.GetValueOrDefault(mail.Key), 1, mail.Count()));
        Assert.Equal(received.Count, recorded.Count);
    }

    /// <summary>The Message-IDs that were delivered and whose recipient is still waiting for them.</summary>
    public static async Task<HashSet<string>> DeliveredButOwedAsync(Installation installation, ProductProcess product)
    {
        var owed = (await installation.RowsAsync("Work", "mail|"))
            .Select(OutgoingMail.FromRow)
            .SelectMany(mail => mail.Recipients.Select(recipient => product.Get<MailRenderer>().MessageId(mail, recipient)));
        return owed.Intersect(installation.Smtp.Accepted.Select(mail => mail.Message.MessageId!), StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>How many envelopes a process sent since it last recorded some, or since it claimed them: at most 25 (rule 5).</summary>
    public static int UnrecordedEnvelopes(CallCounter counter)
    {
        int envelopes = counter.Labels.Reverse().TakeWhile(label => label != "POST $batch").Count(label => label.StartsWith("SMTP SEND", StringComparison.Ordinal));
        Assert.InRange(envelopes, 0, 25);
        return envelopes;
    }

    /// <summary>The newest system events.</summary>
    public static async Task<IReadOnlyList<SystemEvent>> SystemEventsAsync(ProductProcess product, int? number = null) =>
        (await product.Get<SystemEventStore>().ListAsync(FakeClock.Origin.AddYears(-1), null, new SystemEventFilter(number, null, null, MailCulture.En), 1000, null, CancellationToken.None)).Items;

    /// <summary>The computers that a 190 or 192 names.</summary>
    public static IEnumerable<string> ComputersOf(SystemEvent systemEvent) => systemEvent.Values["computers.en"].Split(", ");
}
