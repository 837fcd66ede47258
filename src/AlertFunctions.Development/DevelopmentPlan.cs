using System.Globalization;

namespace AlertFunctions.Development;

/// <summary>What was found on a port where a storage service is expected.</summary>
internal enum PortState
{
    /// <summary>Nothing listens.</summary>
    Free,

    /// <summary>The expected storage service answers.</summary>
    Storage,

    /// <summary>Something else listens.</summary>
    Other,
}

/// <summary>A port of the storage emulator: the service expected there (<c>blob</c>, <c>queue</c> or <c>table</c>) and what was found.</summary>
internal sealed record StoragePort(string Service, int Port, PortState State);

/// <summary>What the decision rests on.</summary>
/// <param name="UsesDevelopmentStorage">The storage connection string means the emulator on this machine.</param>
/// <param name="HasSmtpServer">The settings name an SMTP server.</param>
/// <param name="StoragePorts">The emulator's ports; not looked at when other storage is used.</param>
/// <param name="ToolsProblem">Why Node.js tools cannot run here, as a main clause; null when they can, or when nobody asked.</param>
internal sealed record DevelopmentFacts(
    bool UsesDevelopmentStorage, bool HasSmtpServer, IReadOnlyList<StoragePort> StoragePorts, string? ToolsProblem = null)
{
    /// <summary>Whether anything would be started from <c>node_modules</c>, so that it matters whether Node.js is there.</summary>
    public bool NeedsTools => !HasSmtpServer || (UsesDevelopmentStorage && StoragePorts.All(port => port.State is PortState.Free));

    /// <summary>Whether the emulator is neither up nor down, as it is for a moment while it starts or stops.</summary>
    public bool StorageIsPartlyUp => UsesDevelopmentStorage
        && StoragePorts.All(port => port.State is not PortState.Other)
        && StoragePorts.Select(port => port.State).Distinct().Count() > 1;
}

/// <summary>What is started for development, or why the start ends.</summary>
/// <param name="StartAzurite">Start the storage emulator.</param>
/// <param name="StartInbox">Start the inbox.</param>
/// <param name="Problem">Why the start ends, and what to do; null when it goes on.</param>
/// <param name="Notice">What the start goes on without, and why.</param>
internal sealed record DevelopmentPlan(bool StartAzurite, bool StartInbox, string? Problem = null, string? Notice = null)
{
    /// <summary>Decides from the facts alone.</summary>
    public static DevelopmentPlan Decide(DevelopmentFacts facts)
    {
        bool startAzurite = false;
        if (facts.UsesDevelopmentStorage)
        {
            StoragePort[] foreign = [.. facts.StoragePorts.Where(port => port.State is PortState.Other)];
            StoragePort[] up = [.. facts.StoragePorts.Where(port => port.State is PortState.Storage)];
            StoragePort[] down = [.. facts.StoragePorts.Where(port => port.State is PortState.Free)];
            if (foreign.Length > 0)
            {
                return Stop($"P{Ports(foreign)} {(foreign.Length == 1 ? "is" : "are")} taken by something other than Azurite's {Services(foreign)} "
                    + $"{(foreign.Length == 1 ? "service" : "services")}: stop it, or set AzureWebJobsStorage to the connection string of another "
                    + "storage account.");
            }

            if (up.Length > 0 && down.Length > 0)
            {
                return Stop($"Azurite answers on p{Ports(up)} ({Services(up)}), but nothing answers on p{Ports(down)} ({Services(down)}): start all "
                    + "three of its services, or stop it so that this host starts its own, or set AzureWebJobsStorage to the connection string "
                    + "of another storage account.");
            }

            startAzurite = up.Length == 0;
        }

        if (facts.ToolsProblem is not { } problem)
        {
            return new DevelopmentPlan(startAzurite, StartInbox: !facts.HasSmtpServer);
        }

        if (startAzurite)
        {
            return Stop(StorageWithoutTools(problem, facts.StoragePorts));
        }

        return facts.HasSmtpServer
            ? new DevelopmentPlan(StartAzurite: false, StartInbox: false)
            : new DevelopmentPlan(StartAzurite: false, StartInbox: false, Notice: WithoutInbox(problem));
    }

    /// <summary>The line that says that the start goes on without an inbox.</summary>
    public static string WithoutInbox(string problem) =>
        $"There is no inbox: {problem}. No mail is sent until Smtp__Server names an SMTP server.";

    private static DevelopmentPlan Stop(string problem) => new(StartAzurite: false, StartInbox: false, Problem: problem);

    private static string StorageWithoutTools(string problem, IReadOnlyList<StoragePort> ports)
    {
        // Published on loopback only: the emulator's key is known to everybody.
        string published = string.Join(' ', ports.Select((port, index) =>
            string.Create(CultureInfo.InvariantCulture, $"-p 127.0.0.1:{port.Port}:{10000 + index}")));
        return $"""
            Storage is not running, and {problem}, so it cannot be started. There are three ways on:
              1. Install Node.js {NodeTools.Major} or newer and start again from a clone of the repository: it brings Azurite, the storage emulator.
              2. Run Azurite in Docker: docker run --rm {published} mcr.microsoft.com/azure-storage/azurite
              3. Set AzureWebJobsStorage to the connection string of a storage account.
            """;
    }

    // Without the first letter, which may begin a sentence.
    private static string Ports(StoragePort[] ports) =>
        (ports.Length == 1 ? "ort " : "orts ") + Join(ports.Select(port => port.Port.ToString(CultureInfo.InvariantCulture)));

    private static string Services(StoragePort[] ports) => Join(ports.Select(port => port.Service));

    private static string Join(IEnumerable<string> words)
    {
        string[] all = [.. words];
        return all.Length == 1 ? all[0] : string.Join(", ", all[..^1]) + " and " + all[^1];
    }
}
