namespace AlertFunctions.Core.Settings;

/// <summary>How long events are kept.</summary>
/// <param name="Retention">Events older than this are refused and removed.</param>
public sealed record EventSettings(TimeSpan Retention)
{
    /// <summary>The keys that are read here.</summary>
    public static IReadOnlyList<string> Keys { get; } = ["Events:RetentionDays"];

    /// <summary>Reads the settings of events; what is wrong is noted in the reader.</summary>
    public static EventSettings Read(SettingsReader reader) => new(TimeSpan.FromDays(reader.Number("Events:RetentionDays", 1, 3650, 90)));
}
