using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Api.Alerts;

/// <summary>Reads an alert type, and notes everything that is wrong with it.</summary>
internal static class AlertTypeReader
{
    /// <summary>The field that says which type it is.</summary>
    public const string Alert = "alert";

    /// <summary>What an alert type has.</summary>
    public static readonly string[] Fields = [Alert, "severity", "title", "mailWhenRaised", "mailWhenCleared", "enabled"];

    /// <summary>The alert type; null when it is none. What is left out takes the defaults of S1.</summary>
    /// <param name="body">What describes it.</param>
    /// <param name="path">The JSON path of the body.</param>
    /// <param name="faults">Where faults are noted.</param>
    public static AlertType? Read(JsonElement body, string path, Faults faults)
    {
        if (JsonFields.Of(body, path, faults, Fields) is not { } fields)
        {
            return null;
        }

        string? name = fields.Name(Alert, Event.MaximumNameLength, required: true);
        JsonFields? title = fields.Has("title") ? JsonFields.Of(fields["title"], fields.PathOf("title"), faults, "ja", "en") : null;
        var defaults = new AlertType(name ?? "");
        return defaults with
        {
            Severity = fields.Choice("severity", ("critical", Severity.Critical), ("warning", Severity.Warning)) ?? defaults.Severity,
            TitleJa = title?.Name("ja", Event.MaximumNameLength, required: false) ?? defaults.TitleJa,
            TitleEn = title?.Name("en", Event.MaximumNameLength, required: false) ?? defaults.TitleEn,
            MailWhenRaised = fields.Flag("mailWhenRaised") ?? defaults.MailWhenRaised,
            MailWhenCleared = fields.Flag("mailWhenCleared") ?? defaults.MailWhenCleared,
            Enabled = fields.Flag("enabled") ?? defaults.Enabled,
        };
    }
}
