using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.SystemEvents;

/// <summary>How much a system event matters.</summary>
public enum SystemEventLevel
{
    /// <summary>情報.</summary>
    Information,

    /// <summary>警告.</summary>
    Warning,

    /// <summary>エラー.</summary>
    Error,
}

/// <summary>Something the system did or could not do, for the people who run it.</summary>
/// <param name="Number">Its number: 190, 192, 197, 198, 199 or 569 ….</param>
/// <param name="Level">How much it matters.</param>
/// <param name="Text">Which text describes it; the text itself is made in the reader's language.</param>
/// <param name="Time">When it happened.</param>
public sealed record SystemEvent(int Number, SystemEventLevel Level, string Text, DateTimeOffset Time)
{
    /// <summary>Makes its key unique and the same when it is written again.</summary>
    public required string Id { get; init; }

    /// <summary>What it is about: an alert type, users, a server.</summary>
    public string Target { get; init; } = "";

    /// <summary>What the text's <c>{names}</c> stand for; <c>name.ja</c> and <c>name.en</c> where the languages differ.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What the text cannot say: replies, ids, addresses.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>For a 190 or 192, its computers, so that a report can count what the text only tells.</summary>
    public IReadOnlyList<JournalComputer> Computers { get; init; } = [];

    /// <summary>For a 190 or 192, how many computers, listed or not.</summary>
    public int Count { get; init; }

    /// <summary>Its name in a language.</summary>
    /// <param name="culture">The language.</param>
    public string Name(MailCulture culture) => Sentences.Get($"Event{Sentences.Of(Number)}Name", culture);

    /// <summary>Its description in a language.</summary>
    /// <param name="culture">The language.</param>
    public string Description(MailCulture culture)
    {
        string suffix = culture == MailCulture.Ja ? ".ja" : ".en";
        return Sentences.Get(Sentences.Get(Text, culture), name => Values.GetValueOrDefault(name + suffix) ?? Values.GetValueOrDefault(name));
    }

    /// <summary>199: something had to be given up, or put aside for an hour, because it could not be processed.</summary>
    public static SystemEvent OfGivenUp(string reason, string target, DateTimeOffset time, IReadOnlyDictionary<string, string>? data = null) =>
        new(199, SystemEventLevel.Error, "Event199", time)
        {
            Id = $"{Ulid.NewUlid(time)}",
            Target = target,
            Values = new Dictionary<string, string>(StringComparer.Ordinal) { ["reason"] = HarmlessText.OneLine(reason) },
            Data = data ?? new Dictionary<string, string>(StringComparer.Ordinal),
        };
}
