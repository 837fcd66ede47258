using AlertFunctions.Faults.Stage;
using AlertFunctions.Testing;

namespace AlertFunctions.Faults.Plan;

/// <summary>Something that goes wrong for a while.</summary>
internal abstract record Fault
{
    /// <summary>Lets it happen, and comes back when it is over.</summary>
    public abstract Task HappenAsync(Scene scene);
}

/// <summary>Azurite is stopped by SIGTERM, and started again.</summary>
internal sealed record StorageRestarts(TimeSpan Down) : Fault
{
    public override Task HappenAsync(Scene scene) => scene.RestartStorageAsync(Down);
}

/// <summary>Azurite stands still: nothing is refused, and nothing is answered.</summary>
internal sealed record StorageStandsStill(TimeSpan For) : Fault
{
    public override Task HappenAsync(Scene scene) => scene.PauseStorageAsync(For);
}

/// <summary>All connections to storage are cut.</summary>
internal sealed record StorageIsCutOff : Fault
{
    public override Task HappenAsync(Scene scene)
    {
        scene.Places.ForEach(place => place.Storage.CutConnections());
        return Task.CompletedTask;
    }
}

/// <summary>A share of the requests of one process meets a trouble.</summary>
internal sealed record StorageTroubles(int Place, StorageTrouble Kind, double Share, TimeSpan For) : Fault
{
    public override Task HappenAsync(Scene scene) => scene.Places[Place].Storage.TroubleAsync(Kind, Share, () => Task.Delay(For));
}

/// <summary>A real mail server is killed, and started again.</summary>
internal sealed record MailServerIsKilled(int Place, TimeSpan Down) : Fault
{
    public override Task HappenAsync(Scene scene) => scene.Places[Place].KillMailServerAsync(Down);
}

/// <summary>A real mail server stands still.</summary>
internal sealed record MailServerStandsStill(int Place, TimeSpan For) : Fault
{
    public override Task HappenAsync(Scene scene) => scene.Places[Place].PauseMailServerAsync(For);
}

/// <summary>A mail server refuses, leaves or falls silent at some point of its next conversations.</summary>
internal sealed record MailServerMisbehaves(int Place, SmtpStep At, Misbehaviour How, string Says, int Times) : Fault
{
    public override Task HappenAsync(Scene scene)
    {
        SmtpRule rule = scene.Places[Place].Scripted.On(At).Times(Times);
        byte[] bytes = [.. Says.Select(character => (byte)character)];
        _ = How switch
        {
            Misbehaviour.Says => rule.Say(bytes),
            Misbehaviour.SaysAndLeaves => rule.SayAndClose(bytes),
            Misbehaviour.SaysForEver => rule.SayForEver(bytes),
            Misbehaviour.Leaves => rule.Close(),
            Misbehaviour.Resets => rule.Abort(),
            Misbehaviour.FallsSilent => rule.Stall(),
            Misbehaviour.AcceptsAndLeaves => rule.AcceptAndClose(),
            Misbehaviour.AcceptsAndResets => rule.AcceptAndAbort(),
            Misbehaviour.AcceptsAndFallsSilent => rule.AcceptAndStall(),
            _ => throw new InvalidOperationException($"{How}"),
        };
        return Task.CompletedTask;
    }

    public override string ToString() => $"{nameof(MailServerMisbehaves)} {{ Place = {Place}, At = {At}, How = {How}, Says = {Says.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}, Times = {Times} }}";
}

/// <summary>How a mail server misbehaves.</summary>
internal enum Misbehaviour
{
    /// <summary>It says something, and goes on.</summary>
    Says,

    /// <summary>It says something, or half of it, and closes the connection.</summary>
    SaysAndLeaves,

    /// <summary>It says something over and over.</summary>
    SaysForEver,

    /// <summary>It closes the connection.</summary>
    Leaves,

    /// <summary>It resets the connection.</summary>
    Resets,

    /// <summary>It never answers.</summary>
    FallsSilent,

    /// <summary>It accepts the body, and closes the connection before it says so.</summary>
    AcceptsAndLeaves,

    /// <summary>It accepts the body, and resets the connection before it says so.</summary>
    AcceptsAndResets,

    /// <summary>It accepts the body, and never says so.</summary>
    AcceptsAndFallsSilent,
}

/// <summary>Something happens to the messages in the queue.</summary>
internal sealed record MessagesSuffer(MessageTrouble Kind, TimeSpan Delay) : Fault
{
    public override Task HappenAsync(Scene scene) => scene.Messages.SufferAsync(Kind, Delay);
}
