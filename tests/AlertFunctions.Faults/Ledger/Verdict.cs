using AlertFunctions.Faults.Stage;

namespace AlertFunctions.Faults.Ledger;

/// <summary>What is known at the end of a run.</summary>
internal sealed record Evidence
{
    /// <summary>Who is to get all mail.</summary>
    public required IReadOnlyCollection<string> Recipients { get; init; }

    /// <summary>What was sent to the product.</summary>
    public required IReadOnlyCollection<Transition> Sent { get; init; }

    /// <summary>What the servers accepted.</summary>
    public required IReadOnlyCollection<Delivery> Deliveries { get; init; }

    /// <summary>The lives of the processes of each place.</summary>
    public required IReadOnlyList<IReadOnlyList<LifeTime>> Lives { get; init; }

    /// <summary>The deaths of the servers.</summary>
    public required IReadOnlyCollection<ServerDeath> ServerDeaths { get; init; }

    /// <summary>The ids of the events that storage holds.</summary>
    public required IReadOnlySet<string> StoredEvents { get; init; }

    /// <summary>The keys of the rows that are left over.</summary>
    public required IReadOnlyCollection<string> RowsLeft { get; init; }

    /// <summary>What went wrong otherwise: answers that no fault explains, processes that ended by themselves.</summary>
    public required IReadOnlyCollection<string> Surprises { get; init; }
}

/// <summary>What the promise says, held against what happened.</summary>
/// <param name="Broken">Each way in which the promise was broken; empty when it was kept.</param>
/// <param name="Copies">Second copies that are explained, by how.</param>
internal sealed record Verdict(IReadOnlyList<string> Broken, IReadOnlyDictionary<string, int> Copies)
{
    /// <summary>Compares.</summary>
    public static Verdict Of(Evidence evidence)
    {
        var copies = new Dictionary<string, int>(StringComparer.Ordinal);
        List<string> broken =
        [
            .. evidence.Surprises,
            .. evidence.RowsLeft.Select(row => $"Left over: {row}"),
            .. NotStored(evidence),
            .. NotMailed(evidence),
            .. MailedOfNothing(evidence),
            .. MailedAnew(evidence),
            .. CopiesWithoutCause(evidence, copies),
        ];
        return new Verdict(broken, copies);
    }

    private static IEnumerable<string> NotStored(Evidence evidence) =>
        from sent in evidence.Sent
        where sent.Acknowledged && !evidence.StoredEvents.Contains(sent.Token)
        select $"Acknowledged, and not in storage: {sent}";

    /// <summary>While a transition waits to be mailed, one of the same computer that follows may take its place: the last one must have been mailed in any case.</summary>
    private static IEnumerable<string> NotMailed(Evidence evidence)
    {
        HashSet<(string, string)> mailed = [.. from delivery in evidence.Deliveries from token in delivery.Tokens select (delivery.Recipient, token)];
        ILookup<(string, string), int> numbers = evidence.Sent.Where(sent => sent.Kind != TransitionKind.Repeat).ToLookup(sent => (sent.Alert, sent.Computer), sent => sent.Number);
        return from sent in evidence.Sent
               where sent is { Acknowledged: true, Mailed: true } && numbers[(sent.Alert, sent.Computer)].Max() == sent.Number
               from recipient in evidence.Recipients
               where !mailed.Contains((recipient, sent.Token))
               select $"Acknowledged, and not mailed to {recipient}: {sent}";
    }

    private static IEnumerable<string> MailedOfNothing(Evidence evidence)
    {
        HashSet<string> tokens = [.. evidence.Sent.Where(sent => sent.Mailed).Select(sent => sent.Token)];
        foreach (Delivery delivery in evidence.Deliveries)
        {
            if (!evidence.Recipients.Contains(delivery.Recipient))
            {
                yield return $"Mailed to somebody who is no recipient: {delivery}";
            }

            if (delivery.Tokens.Count != delivery.Computers || delivery.Tokens.Any(token => !tokens.Contains(token)))
            {
                yield return $"Mailed, and nothing of the kind was reported: {delivery} {string.Join(' ', delivery.Tokens)}";
            }
        }
    }

    private static IEnumerable<string> MailedAnew(Evidence evidence) =>
        from delivery in evidence.Deliveries
        from token in delivery.Tokens
        group delivery.MessageId by (delivery.Recipient, token) into ids
        where ids.Distinct(StringComparer.Ordinal).Skip(1).Any()
        select $"Mailed to {ids.Key.Recipient} with several Message-IDs: {ids.Key.token} in {string.Join(", ", ids.Distinct(StringComparer.Ordinal))}";

    /// <summary>A mail may be sent again when one of the two that knew of its acceptance could not tell any more (rule 5).</summary>
    private static IEnumerable<string> CopiesWithoutCause(Evidence evidence, Dictionary<string, int> copies)
    {
        foreach (IGrouping<(string, string), Delivery> same in evidence.Deliveries.GroupBy(delivery => (delivery.Recipient, delivery.MessageId)))
        {
            Delivery[] inOrder = [.. same.OrderBy(delivery => delivery.AcceptedAt)];
            foreach ((Delivery first, Delivery second) in inOrder.Zip(inOrder.Skip(1)))
            {
                string? cause = first.ReplyLost ? "the server kept its reply to the body"
                    : DiedBetween(evidence.Lives[first.Place], first, second) ? "the process died between acceptance and record"
                    : evidence.ServerDeaths.Any(death => death.Place == first.Place && death.Server == first.Server && death.At >= first.AcceptedAt - ServerClock && death.At <= second.AcceptedAt) ? "the server died at its reply to the body"
                    : null;
                if (cause is null)
                {
                    yield return $"Mailed twice without a cause: {first}, {second}";
                }
                else
                {
                    copies[cause] = copies.GetValueOrDefault(cause) + 1;
                }
            }
        }
    }

    /// <summary>A server of another program tells its time in milliseconds.</summary>
    private static TimeSpan ServerClock => TimeSpan.FromMilliseconds(1);

    private static bool DiedBetween(IEnumerable<LifeTime> lives, Delivery first, Delivery second) =>
        lives.Any(life => life.Started - ServerClock <= first.ConnectedAt && first.ConnectedAt <= life.Ended && life.Killed <= second.AcceptedAt);
}
