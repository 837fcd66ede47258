namespace AlertFunctions.Development;

/// <summary>The last lines that a process printed, for the message when it fails.</summary>
internal sealed class OutputTail
{
    private const int MaxLines = 20;

    private readonly Queue<string> _lines = new();

    /// <summary>Adds a line and forgets the oldest.</summary>
    public void Add(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > MaxLines)
            {
                _lines.Dequeue();
            }
        }
    }

    /// <summary>The lines as the end of a message: a colon and the lines, indented, or nothing.</summary>
    public string ToSuffix()
    {
        lock (_lines)
        {
            return _lines.Count == 0 ? "" : ":" + string.Concat(_lines.Select(line => Environment.NewLine + "  " + line));
        }
    }
}
