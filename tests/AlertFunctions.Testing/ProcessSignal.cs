using System.Diagnostics;
using System.Globalization;

namespace AlertFunctions.Testing;

/// <summary>A signal to a process that somebody here has started. Windows has none but the end.</summary>
public sealed record ProcessSignal(string Name)
{
    /// <summary>Asks it to stop, as a container host does.</summary>
    public static ProcessSignal Terminate { get; } = new("TERM");

    /// <summary>Lets it stand still: its connections stay open, and nothing answers on them.</summary>
    public static ProcessSignal Pause { get; } = new("STOP");

    /// <summary>Lets it go on.</summary>
    public static ProcessSignal Resume { get; } = new("CONT");

    /// <summary>Sends it, and waits until it was sent.</summary>
    public async Task SendAsync(Process process)
    {
        using var kill = Process.Start("kill", [$"-{Name}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
