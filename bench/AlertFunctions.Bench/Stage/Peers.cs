using System.Diagnostics;
using System.Globalization;
using AlertFunctions.Testing;

namespace AlertFunctions.Bench.Stage;

/// <summary>Other programs that send mail, where they are installed, to the same server.</summary>
internal static class Peers
{
    private const string SmtpSourcePath = "/usr/sbin/smtp-source";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>Whether Postfix's load generator is where Debian installs it.</summary>
    public static bool SmtpSourceIsInstalled => File.Exists(SmtpSourcePath);

    /// <summary>Alerts mailed one by one by Alertmanager, which keeps what it owes in memory.</summary>
    /// <returns>Mails per second.</returns>
    public static async Task<double> AlertmanagerAsync(SmtpSink sink, int mails)
    {
        await using AlertmanagerServer alertmanager = await AlertmanagerServer.MailAsync(sink.Port);
        int sent = sink.Mails + mails;
        long began = Stopwatch.GetTimestamp();
        await alertmanager.FireAsync("Eicar", Enumerable.Range(0, mails).Select(number => $"computer{number}"));
        await sink.WaitForAsync(sent, s_patience);
        return mails / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>The same number of mails by Postfix's load generator, which composes and records nothing.</summary>
    /// <returns>Mails per second.</returns>
    public static async Task<double> SmtpSourceAsync(SmtpSink sink, int mails, int connections, int size)
    {
        int sent = sink.Mails + mails;
        string[] arguments = ["-d", "-s", Text(connections), "-m", Text(mails), "-l", Text(size), "-f", "alerts@example.com", "-t", "ops@example.com", $"127.0.0.1:{Text(sink.Port)}"];
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(SmtpSourcePath, arguments);
        await sink.WaitForAsync(sent, s_patience);
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        await process.WaitForExitAsync();
        return mails / took.TotalSeconds;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
