using AlertFunctions.Faults.Stage;
using AlertFunctions.Testing;

namespace AlertFunctions.Faults.Plan;

/// <summary>A kill, and what goes wrong beside it.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Place">Whose process is killed.</param>
/// <param name="Starting">Whether it is killed even if it has only been started, else once it has acknowledged a request.</param>
/// <param name="After">How long after that.</param>
/// <param name="Faults">What begins to go wrong before.</param>
internal sealed record PlannedKill(int Number, int Place, bool Starting, TimeSpan After, IReadOnlyList<Fault> Faults)
{
    public override string ToString() =>
        $"{Number}. kill {Scene.NameOf(Place)} {(Starting ? "even while it starts" : "once it is at work")}, after {After.TotalSeconds:0.00} s{string.Concat(Faults.Select(fault => $"; {fault}"))}";
}

/// <summary>What goes wrong in a run, and in which order: the same for the same seed.</summary>
internal static class FaultPlan
{
    private static readonly SmtpStep[] s_steps = [SmtpStep.Greeting, SmtpStep.Ehlo, SmtpStep.Sender, SmtpStep.Recipient, SmtpStep.Data, SmtpStep.Body, SmtpStep.Reset, SmtpStep.Quit];

    private static readonly string[] s_refusals =
    [
        "421 4.3.2 closing", "450 4.2.1 try later", "451 4.3.0 local error", "452 4.3.1 full", "454 4.7.0 not now",
        "500 5.5.1 what", "530 5.7.0 sign in", "550 5.1.1 nobody", "552 5.3.4 too big", "554 5.7.1 no", "199 none", "354 go on", "999 no", "nonsense", "",
    ];

    /// <summary>Makes the plan.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="kills">How many kills.</param>
    public static IReadOnlyList<PlannedKill> Of(int seed, int kills)
    {
        var chance = new Random(seed);
        return [.. Enumerable.Range(1, kills).Select(number => new PlannedKill(
            number, chance.Next(Scene.Size), chance.Next(8) == 0, Seconds(chance, 0.2, 1.8), [.. Enumerable.Range(0, chance.Next(3)).Select(_ => NextFault(chance))]))];
    }

    private static Fault NextFault(Random chance) => chance.Next(20) switch
    {
        0 => new StorageRestarts(Seconds(chance, 0.1, 2)),
        1 => new StorageStandsStill(Seconds(chance, 0.2, 7)),
        2 => new StorageIsCutOff(),
        < 8 => new StorageTroubles(chance.Next(Scene.Size), One(chance, Enum.GetValues<StorageTrouble>()), One(chance, [0.1, 0.3, 1.0]), Seconds(chance, 0.5, 5)),
        8 => new MailServerIsKilled(chance.Next(Scene.Size), Seconds(chance, 0.1, 3)),
        9 => new MailServerStandsStill(chance.Next(Scene.Size), Seconds(chance, 0.5, 8)),
        < 15 => NextMisbehaviour(chance),
        _ => new MessagesSuffer(One(chance, Enum.GetValues<MessageTrouble>()), Seconds(chance, 2, 20)),
    };

    private static MailServerMisbehaves NextMisbehaviour(Random chance)
    {
        SmtpStep step = One(chance, s_steps);
        Misbehaviour how = (Misbehaviour)chance.Next(step == SmtpStep.Body ? (int)Misbehaviour.AcceptsAndFallsSilent + 1 : (int)Misbehaviour.AcceptsAndLeaves);
        return new MailServerMisbehaves(chance.Next(Scene.Size), step, how, Framed(chance, One(chance, s_refusals), how), chance.Next(1, 10));
    }

    /// <summary>Puts a reply on the wire as servers do, and as broken ones do.</summary>
    private static string Framed(Random chance, string reply, Misbehaviour how) => chance.Next(6) switch
    {
        0 when reply.Length > 3 => $"{reply[..3]}-first\r\n{reply}\r\n",
        1 => $"{reply}\n",
        2 when how == Misbehaviour.SaysAndLeaves => reply[..(reply.Length / 2)],
        3 => $"{reply}\r\n421 4.3.2 closing\r\n",
        4 when how == Misbehaviour.SaysAndLeaves => reply,
        _ => $"{reply}\r\n",
    };

    private static T One<T>(Random chance, IReadOnlyList<T> of) => of[chance.Next(of.Count)];

    private static TimeSpan Seconds(Random chance, double from, double to) => TimeSpan.FromMilliseconds(Math.Round(1000 * (from + (chance.NextDouble() * (to - from)))));
}
