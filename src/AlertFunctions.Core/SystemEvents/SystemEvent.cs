using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.SystemEvents;

/// <summary>The severity of a system event.</summary>
public enum SystemEventLevel
{
    /// <summary>情報.</summary>
    Information,

    /// <summary>警告.</summary>
    Warning,

    /// <summary>エラー.</summary>
    Error,
}

/// <summary>Something that the system did or failed to do, recorded for its operators.</summary>
/// <param name="Number">The system event's number: 190, 192, 197, 198, 199, 569 ….</param>
/// <param name="Level">The severity.</param>
/// <param name="Text">The name of the description; the description itself is rendered in the reader's language.</param>
/// <param name="Time">When it happened.</param>
public sealed record SystemEvent(int Number, SystemEventLevel Level, string Text, DateTimeOffset Time)
{
    /// <summary>Makes the row's key unique. Recording the same step again must give the same id, so that it is stored once.</summary>
    public required string Id { get; init; }

    /// <summary>What it is about: an alert type, users, a server.</summary>
    public string Target { get; init; } = "";

    /// <summary>Values of the placeholders in the description; <c>name.ja</c> and <c>name.en</c> where they differ by language.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Details that the description does not contain: SMTP replies, ids, addresses.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>For a 190 or 192, its computers, so that reports can count them.</summary>
    public IReadOnlyList<JournalComputer> Computers { get; init; } = [];

    /// <summary>For a 190 or 192, the number of computers, whether listed or not.</summary>
    public int Count { get; init; }

    /// <summary>The system event's name in a language.</summary>
    /// <param name="culture">The language.</param>
    public string Name(MailCulture culture) => Sentences.Get($"Event{Sentences.Of(Number)}Name", culture);

    /// <summary>The system event's description in a language.</summary>
    /// <param name="culture">The language.</param>
    public string Description(MailCulture culture)
    {
        string suffix = culture == MailCulture.Ja ? ".ja" : ".en";
        return Sentences.Get(Sentences.Get(Text, culture), name => Values.GetValueOrDefault(name + suffix) ?? Values.GetValueOrDefault(name));
    }

    /// <summary>Creates a 199: something could not be processed and was given up, or quarantined for an hour.</summary>
    public static SystemEvent OfGivenUp(string reason, string target, DateTimeOffset time, IReadOnlyDictionary<string, string>? data = null) =>
        new(199, SystemEventLevel.Error, "Event199", time)
        {
            Id = $"{Ulid.NewUlid(time)}",
            Target = target,
            Values = new Dictionary<string, string>(StringComparer.Ordinal) { ["reason"] = HarmlessText.OneLine(reason) },
            Data = data ?? new Dictionary<string, string>(StringComparer.Ordinal),
        };
}
