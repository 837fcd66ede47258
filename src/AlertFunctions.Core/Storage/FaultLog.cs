using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Azure;

namespace AlertFunctions.Core.Storage;

/// <summary>
/// Keeps the log readable during an outage: each kind of failure is logged once, then at most once a minute with the number of suppressed lines.
/// A storage fault takes one line; anything unexpected includes its stack trace.
/// </summary>
/// <param name="time">The process's clock.</param>
public sealed class FaultLog(TimeProvider time)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Kind> _kinds = new(StringComparer.Ordinal);

    /// <summary>Logs an exception that the caller has handled, unless its kind was logged within the last minute.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="log">Writes the line. Receives a one-line description, and the exception if its stack trace should be logged.</param>
    /// <param name="place">Where it happened; the same exception elsewhere is a different kind.</param>
    public void Write(Exception exception, Action<string, Exception?> log, [CallerArgumentExpression(nameof(log))] string place = "") =>
        Write($"{place} {KindOf(exception)}", Describe(exception), text => log(text, StorageFault.Is(exception) ? null : exception));

    /// <summary>Logs a failure, unless its kind was logged within the last minute.</summary>
    /// <param name="kind">The kind of failure. Keep the number of kinds small: they are never forgotten.</param>
    /// <param name="text">What failed, in one line.</param>
    /// <param name="log">Writes the line.</param>
    public void Write(string kind, string text, Action<string> log)
    {
        Kind known = _kinds.GetOrAdd(kind, _ => new Kind());
        lock (known)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (now - known.WrittenAt < Quiet)
            {
                known.LeftOut++;
                return;
            }

            if (known.LeftOut > 0)
            {
                text = string.Create(CultureInfo.InvariantCulture, $"{text} ({known.LeftOut} more since {known.WrittenAt.UtcDateTime:HH:mm:ss}Z)");
            }

            known.WrittenAt = now;
            known.LeftOut = 0;
        }

        log(text);
    }

    private static string KindOf(Exception exception) =>
        exception is RequestFailedException failed ? $"{failed.Status} {failed.ErrorCode}" : exception.GetType().Name;

    /// <summary>Only the first line: the SDK's messages continue with headers and bodies.</summary>
    private static string Describe(Exception exception)
    {
        string line = exception.Message.Split('\n', '\r')[0].Trim();
        return exception is RequestFailedException { Status: > 0 } failed ? $"{line} ({failed.Status} {failed.ErrorCode})" : line;
    }

    private sealed class Kind
    {
        public DateTimeOffset WrittenAt { get; set; } = DateTimeOffset.MinValue;

        public long LeftOut { get; set; }
    }
}
