using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Api.Alerts.Catalogues;

/// <summary>The alerts that another product predefines. It holds what that product's documentation says, and nothing else: what no source says is left out.</summary>
/// <param name="Sources">Where that was found, by the names that the alerts use for it.</param>
/// <param name="Alerts">The alerts.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record AlertCatalogue(IReadOnlyDictionary<string, CatalogueSource> Sources, IReadOnlyList<CatalogueAlert> Alerts)
{
    /// <summary>How requests call the predefined alerts of Deep Security and Workload Security.</summary>
    public const string DeepSecurity = "deep-security";

    /// <summary>A field that is missing or misspelled in the data is a fault.</summary>
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    private static readonly Lazy<AlertCatalogue> s_deepSecurity = new(() => Read(DeepSecurity));

    /// <summary>The catalogue of a name.</summary>
    public static AlertCatalogue Of(CatalogueName name) => name switch
    {
        CatalogueName.DeepSecurity => s_deepSecurity.Value,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such catalogue."),
    };

    private static AlertCatalogue Read(string name)
    {
        Type type = typeof(AlertCatalogue);
        using Stream file = type.Assembly.GetManifestResourceStream(type, $"{name}.json")!;
        return JsonSerializer.Deserialize<AlertCatalogue>(file, s_json)!;
    }
}

/// <summary>The names of the catalogues.</summary>
internal enum CatalogueName
{
    /// <summary>The predefined alerts of Deep Security and Workload Security.</summary>
    DeepSecurity,
}

/// <summary>A page or a file of documentation.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Address">Its address.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record CatalogueSource(string Title, string Address);

/// <summary>An alert of a catalogue.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Sources">The names of the sources that say so.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record CatalogueAlert(CatalogueTitle Title, IReadOnlyList<string> Sources)
{
    /// <summary>Its default severity; null where no source says which.</summary>
    public Severity? Severity { get; init; }

    /// <summary>Whether a person can dismiss it there; null where no source says so.</summary>
    public bool? Dismissible { get; init; }

    /// <summary>The alert type that it becomes. What no source says takes the defaults of S1.</summary>
    /// <param name="language">The language of its name; without a title in Japanese, it is named in English.</param>
    public AlertType TypeIn(MailCulture language)
    {
        var defaults = new AlertType(language == MailCulture.Ja ? Title.Ja ?? Title.En : Title.En);
        return defaults with
        {
            Severity = Severity ?? defaults.Severity,
            TitleJa = Title.Ja ?? defaults.TitleJa,
            TitleEn = Title.En,
        };
    }
}

/// <summary>The title of an alert.</summary>
/// <param name="En">In English.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record CatalogueTitle(string En)
{
    /// <summary>In Japanese; null where no source says how it is called.</summary>
    public string? Ja { get; init; }
}
