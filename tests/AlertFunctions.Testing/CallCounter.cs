namespace AlertFunctions.Testing;

/// <summary>
/// Numbers the calls that a process makes to the outside, storage and SMTP alike, and lets it die at one of them. A test that runs once
/// for each number, before and after, has seen every way to die.
/// </summary>
public sealed class CallCounter
{
    private readonly Lock _gate = new();
    private readonly List<string> _labels = [];
    private int? _stopBefore;
    private int? _stopAfter;
    private Func<string, bool>? _stopAfterLabel;
    private readonly TaskCompletionSource _death = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The calls made, in order: call 1 is the first.</summary>
    public IReadOnlyList<string> Labels
    {
        get
        {
            lock (_gate)
            {
                return [.. _labels];
            }
        }
    }

    /// <summary>Makes calls fail with an exception that nobody expects, by their number; null for one that does not.</summary>
    public Func<int, Exception?>? Surprise { get; set; }

    /// <summary>How many calls were begun, not counting those of a dead process.</summary>
    public int Count => Labels.Count;

    /// <summary>Whether the process has died. Every further call fails.</summary>
    public bool Killed { get; private set; }

    /// <summary>Fails when the process dies: what it was doing is not waited for, since a dead process does not go on.</summary>
    public Task Death => _death.Task;

    /// <summary>
    /// The calls before which a process must die to have left behind all that it can: not before a call that follows a read, which leaves what the death
    /// before that read does. The last number, one more than there are calls, stands for the death after all of them.
    /// </summary>
    /// <param name="labels">The calls of a process that lives.</param>
    public static IEnumerable<int> DistinctDeaths(IReadOnlyList<string> labels) =>
        Enumerable.Range(1, labels.Count + 1).Where(call => call == 1 || !IsRead(labels[call - 2]));

    // Receiving a message hides it from others, so that is no read.
    private static bool IsRead(string label) => label.StartsWith("GET ", StringComparison.Ordinal) && !label.EndsWith("/messages", StringComparison.Ordinal);

    /// <summary>The process dies when it is about to make this call, which reaches nobody.</summary>
    public CallCounter StopBefore(int call)
    {
        lock (_gate)
        {
            _stopBefore = call;
        }

        return this;
    }

    /// <summary>The process dies after this call has had its effect, and before it learns the answer.</summary>
    public CallCounter StopAfter(int call)
    {
        lock (_gate)
        {
            _stopAfter = call;
        }

        return this;
    }

    /// <summary>The process dies after the first call with such a label has had its effect.</summary>
    public CallCounter StopAfter(Func<string, bool> label)
    {
        lock (_gate)
        {
            _stopAfterLabel = label;
        }

        return this;
    }

    /// <summary>Begins a call and returns its number.</summary>
    /// <exception cref="ProcessKilledException">The process dies here, or is dead.</exception>
    public int BeforeCall(string label)
    {
        lock (_gate)
        {
            Killed |= _labels.Count + 1 == _stopBefore;
            ThrowIfKilled();
            _labels.Add(label);
            _stopAfter = _stopAfterLabel?.Invoke(label) == true ? _labels.Count : _stopAfter;
            return Surprise?.Invoke(_labels.Count) is { } surprise ? throw surprise : _labels.Count;
        }
    }

    /// <summary>Ends a call that had its effect.</summary>
    /// <exception cref="ProcessKilledException">The process dies here, or has died while the call was on its way.</exception>
    public void AfterCall(int call)
    {
        lock (_gate)
        {
            Killed |= call == _stopAfter;
            ThrowIfKilled();
        }
    }

    /// <exception cref="ProcessKilledException">The process is dead.</exception>
    public void ThrowIfKilled()
    {
        if (Killed)
        {
            var death = new ProcessKilledException($"The process died at call {Count}.");
            _death.TrySetException(death);
            throw death;
        }
    }
}

/// <summary>
/// Stands for the death of the process. Neither the SDK's retries nor the product's handling of faults know it, and if something catches it
/// all the same, the next call to the outside throws it again. A call that failed before and dies in its retry throws the SDK's
/// <see cref="AggregateException"/> with this one in it, so a test asks <see cref="CallCounter.Killed"/> rather than for a type.
/// </summary>
public sealed class ProcessKilledException(string message) : Exception(message);
