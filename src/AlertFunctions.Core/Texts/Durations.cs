namespace AlertFunctions.Core.Texts;

/// <summary>Says how long something took, in its two largest units.</summary>
public static class Durations
{
    /// <summary>A duration in words, to the largest two units.</summary>
    public static string Of(TimeSpan duration, MailCulture culture)
    {
        TimeSpan time = duration > TimeSpan.Zero ? duration : TimeSpan.Zero;
        return Sentences.Get(
            time.Days > 0 ? "DurationDays" : time.Hours > 0 ? "DurationHours" : time.Minutes > 0 ? "DurationMinutes" : "DurationSeconds",
            culture,
            ("d", Sentences.Of(time.Days)),
            ("h", Sentences.Of(time.Hours)),
            ("m", Sentences.Of(time.Minutes)),
            ("s", Sentences.Of(time.Seconds)));
    }
}
