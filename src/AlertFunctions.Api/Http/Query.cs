using System.Globalization;
using AlertFunctions.Core.Texts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AlertFunctions.Api.Http;

/// <summary>Reads query parameters, and notes everything that is wrong with them.</summary>
internal sealed class Query(HttpRequest request, Faults faults)
{
    /// <summary>A name, or null when it is missing or empty.</summary>
    public string? Name(string parameter, bool required = false)
    {
        string text = request.Query[parameter].ToString().Trim();
        if (text.Length == 0 && !required)
        {
            return null;
        }

        if (Names.Fault(text, Core.Events.Event.MaximumNameLength) is { } fault)
        {
            faults.Add(parameter, text.Length == 0 ? "is required." : fault);
            return null;
        }

        return text;
    }

    public int Number(string parameter, int minimum, int maximum, int whenMissing) => OptionalNumber(parameter, minimum, maximum) ?? whenMissing;

    public int? OptionalNumber(string parameter, int minimum, int maximum)
    {
        string text = request.Query[parameter].ToString();
        if (text.Length == 0)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= minimum && number <= maximum)
        {
            return number;
        }

        faults.Add(parameter, $"must be a whole number from {minimum} to {maximum}.");
        return null;
    }

    public DateTimeOffset? Time(string parameter)
    {
        string text = request.Query[parameter].ToString();
        if (text.Length == 0)
        {
            return null;
        }

        // A plus sign that was not encoded arrives as a space.
        if (Rfc3339.TryParse(text.Replace(' ', '+'), out DateTimeOffset time) && time.Year >= 1601)
        {
            return time;
        }

        faults.Add(parameter, "must be a date and time with an offset, such as 2026-11-24T02:00:00Z.");
        return null;
    }

    public Severity? Severity() => Choice("severity", ("critical", Core.Texts.Severity.Critical), ("warning", Core.Texts.Severity.Warning));

    /// <summary>Whether only an answer is wanted, and nothing is to be done.</summary>
    public bool DryRun() => Choice("dryRun", ("true", true), ("false", false)) ?? false;

    /// <summary>One of some words, or null when it is missing or empty.</summary>
    public T? Choice<T>(string parameter, params (string Word, T Value)[] choices)
        where T : struct
    {
        string text = request.Query[parameter].ToString();
        int index = Array.FindIndex(choices, choice => choice.Word == text);
        if (index < 0 && text.Length > 0)
        {
            faults.Add(parameter, $"must be {string.Join(", ", choices[..^1].Select(choice => $"'{choice.Word}'"))} or '{choices[^1].Word}'.");
        }

        return index < 0 ? null : choices[index].Value;
    }

    /// <summary>The place where the page before ended, as the answer gave it.</summary>
    /// <param name="isPlace">Whether a text can be such a place of this list: another list's, or a made-up one, would give a page of anything.</param>
    public string? Continuation(Func<string, bool> isPlace)
    {
        string text = request.Query["continuation"].ToString();
        if (text.Length == 0)
        {
            return null;
        }

        if (DecodeContinuation(text, isPlace) is { } place)
        {
            return place;
        }

        faults.Add("continuation", "must be the value that the page before gave.");
        return null;
    }

    /// <summary>The place that a continuation stands for; null when it stands for none.</summary>
    public static string? DecodeContinuation(string continuation, Func<string, bool> isPlace)
    {
        try
        {
            return System.Text.Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(continuation)) is { Length: < 2000 } place && isPlace(place) ? place : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public static string? EncodeContinuation(string? place) => place is null ? null : WebEncoders.Base64UrlEncode(System.Text.Encoding.UTF8.GetBytes(place));

    /// <summary>The reader's language: <c>?culture=</c>, else Accept-Language, else the system's.</summary>
    public MailCulture Culture(MailCulture system)
    {
        string text = request.Query["culture"].ToString();
        if (text.Length > 0)
        {
            if (Parse(text) is { } wanted)
            {
                return wanted;
            }

            faults.Add("culture", "must be 'ja' or 'en'.");
            return system;
        }

        return request.GetTypedHeaders().AcceptLanguage
            .OrderByDescending(language => language.Quality ?? 1)
            .Select(language => Parse(language.Value.ToString()))
            .FirstOrDefault(culture => culture is not null) ?? system;
    }

    private static MailCulture? Parse(string language) => language.Split('-')[0].ToUpperInvariant() switch
    {
        "JA" => MailCulture.Ja,
        "EN" => MailCulture.En,
        _ => null,
    };
}
