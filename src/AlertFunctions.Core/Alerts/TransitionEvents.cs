using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Alerts;

/// <summary>The system events of raises and clears.</summary>
public static class TransitionEvents
{
    /// <summary>Creates the 190 or 192 for an outbox row, with the time of its transitions.</summary>
    public static SystemEvent Of(OutboxRow row, AlertType type)
    {
        int number = row.Kind == TransitionKind.Raise ? 190 : 192;
        string computers = string.Join(", ", row.Computers.Select(computer => HarmlessText.OneLine(computer.Computer)));
        int more = row.Count - row.Computers.Count;
        string More(MailCulture culture) => more > 0 ? $"{computers}, {Sentences.Get("More", culture, ("m", Sentences.Of(more)))}" : computers;
        return new SystemEvent(number, SystemEventLevel.Information, $"Event{Sentences.Of(number)}", row.Id.Time)
        {
            Id = $"{row.Id}",
            Target = row.AlertType,
            Computers = row.Computers.Select(computer => new JournalComputer(computer.Computer, computer.Time, computer.RaisedAt)).ToList(),
            Count = row.Count,
            Values = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["title.ja"] = HarmlessText.OneLine(type.TitleJa),
                ["title.en"] = HarmlessText.OneLine(type.TitleEn),
                ["severity.ja"] = Sentences.Of(type.Severity, MailCulture.Ja),
                ["severity.en"] = Sentences.Of(type.Severity, MailCulture.En),
                ["computers.ja"] = More(MailCulture.Ja),
                ["computers.en"] = More(MailCulture.En),
            },
            Data = row.By is null ? new Dictionary<string, string>(StringComparer.Ordinal) : new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["by"] = row.By,
                ["note"] = row.Computers.Count > 0 ? row.Computers[0].Text ?? "" : "",
            },
        };
    }
}
