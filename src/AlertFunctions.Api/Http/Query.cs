using AlertFunctions.Core.Texts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AlertFunctions.Api.Http;

/// <summary>Reads query parameters, and notes everything that is wrong with them.</summary>
internal sealed class Query(HttpRequest request, Faults faults)
{
    /// <summary>The longest continuation, in characters; none that is given is as long.</summary>
    public const int MaximumContinuationLength = 4_096;

    /// <summary>The value of a parameter, which the route must name: the document would not know one that only the handler does.</summary>
    /// <exception cref="InvalidOperationException">The route does not name the parameter.</exception>
    public T Get<T>(QueryParameter<T> parameter)
    {
        if (request.HttpContext.GetEndpoint()?.Metadata.GetMetadata<QueryNames>()?.Accepted.Contains(parameter) is not true)
        {
            throw new InvalidOperationException($"The route reads the query parameter '{parameter.Name}' and does not name it.");
        }

        return parameter.Read(request.Query[parameter.Name].ToString(), fault => faults.Add(parameter.Name, fault));
    }

    /// <summary>The place where the page before ended, as the answer gave it.</summary>
    /// <param name="isPlace">Whether a text can be such a place of this list: another list's, or a made-up one, would give a page of anything.</param>
    public string? Continuation(Func<string, bool> isPlace)
    {
        if (Get(QueryParameters.Continuation) is not { } text)
        {
            return null;
        }

        if (DecodeContinuation(text, isPlace) is { } place)
        {
            return place;
        }

        faults.Add(QueryParameters.Continuation.Name, "must be the value that the page before gave.");
        return null;
    }

    /// <summary>As <see cref="Continuation"/>, of a list that is counted with its first page.</summary>
    /// <param name="isPlace">Whether a text can be a place of this list.</param>
    public CountedPlace? CountedContinuation(Func<string, bool> isPlace) =>
        Continuation(text => CountedPlace.Parse(text, isPlace) is not null) is { } place ? CountedPlace.Parse(place, isPlace) : null;

    /// <summary>The place that a continuation stands for; null when it stands for none.</summary>
    public static string? DecodeContinuation(string continuation, Func<string, bool> isPlace)
    {
        try
        {
            return continuation.Length <= MaximumContinuationLength && System.Text.Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(continuation)) is var place && isPlace(place) ? place : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public static string? EncodeContinuation(string? place) => place is null ? null : WebEncoders.Base64UrlEncode(System.Text.Encoding.UTF8.GetBytes(place));

    /// <summary>The reader's language: <c>?culture=</c>, else Accept-Language, else the system's.</summary>
    public MailCulture Culture(MailCulture system) =>
        Get(QueryParameters.Culture)
        ?? request.GetTypedHeaders().AcceptLanguage
            .OrderByDescending(language => language.Quality ?? 1)
            .Select(language => CultureOf(language.Value.ToString()))
            .FirstOrDefault(culture => culture is not null)
        ?? system;

    /// <summary>The language that a language tag names, whatever its region; null when it is not one of ours.</summary>
    public static MailCulture? CultureOf(string language) => language.Split('-')[0].ToUpperInvariant() switch
    {
        "JA" => MailCulture.Ja,
        "EN" => MailCulture.En,
        _ => null,
    };
}
