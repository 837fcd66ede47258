namespace AlertFunctions.Api.Http;

/// <summary>Everything that is wrong with a request, each with the place where it is, so that one answer tells all of it.</summary>
internal sealed class Faults
{
    private readonly Dictionary<string, List<string>> _byPath = new(StringComparer.Ordinal);

    public bool Any => _byPath.Count > 0;

    /// <summary>Adds a fault.</summary>
    /// <param name="path">The JSON path of a body's value, or the name of a query parameter.</param>
    /// <param name="message">What is wrong and what is accepted.</param>
    public void Add(string path, string message)
    {
        if (!_byPath.TryGetValue(path, out List<string>? messages))
        {
            _byPath[path] = messages = [];
        }

        messages.Add(message);
    }

    /// <summary>Adds the faults of a part.</summary>
    /// <param name="part">The part's faults.</param>
    /// <param name="place">Where each place of the part is in the whole.</param>
    public void Add(Faults part, Func<string, string> place)
    {
        foreach ((string path, List<string> messages) in part._byPath)
        {
            messages.ForEach(message => Add(place(path), message));
        }
    }

    public IDictionary<string, string[]> ToErrors() => _byPath.ToDictionary(fault => fault.Key, fault => fault.Value.ToArray(), StringComparer.Ordinal);
}
