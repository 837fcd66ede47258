using System.Text.Json;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail;

/// <summary>What a mail is about.</summary>
public enum MailKind
{
    /// <summary>A new alert was raised.</summary>
    Raised,

    /// <summary>An alert no longer exists.</summary>
    Cleared,

    /// <summary>「未解決アラートの概要の送信」 (S15).</summary>
    Summary,

    /// <summary>「レポートの生成および送信」 (S15).</summary>
    Report,
}

/// <summary>What a mail says, frozen when it was composed.</summary>
internal abstract record MailContent;

/// <summary>What scheduled mail says: its bodies are kept beside it, see <see cref="MailSnapshots"/>.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="SubjectJa">The subject in Japanese.</param>
/// <param name="SubjectEn">The subject in English.</param>
/// <param name="Snapshot">Where its bodies are.</param>
internal sealed record ScheduledMailContent(string Task, string SubjectJa, string SubjectEn, string Snapshot) : MailContent;

/// <summary>What a mail said whose row was damaged. It cannot be made, so that each attempt of it is a 199 and the others go on (rule 2).</summary>
/// <param name="Reason">Why it cannot be read.</param>
internal sealed record UnreadableMailContent(string Reason) : MailContent;

/// <summary>What an alert mail says, frozen when it was composed (S3): what changes later changes nothing in a re-send.</summary>
/// <param name="TitleJa">The type's Japanese title.</param>
/// <param name="TitleEn">The type's English title.</param>
/// <param name="Severity">The type's severity.</param>
/// <param name="Count">How many computers were raised or cleared.</param>
/// <param name="Computers">The first 100 of them.</param>
/// <param name="TimeZone">The IANA zone in which times are shown.</param>
internal sealed record AlertMailContent(string TitleJa, string TitleEn, Severity Severity, int Count, IReadOnlyList<AffectedComputer> Computers, string TimeZone) : MailContent
{
    public string Title(MailCulture culture) => HarmlessText.OneLine(culture == MailCulture.Ja ? TitleJa : TitleEn);
}

/// <summary>One notification to some recipients. Its row lives until the last of them got it or was given up.</summary>
/// <param name="Shard">Where it is kept: its alert type's shard, or that of scheduled tasks.</param>
/// <param name="Id">The ULID of the oldest outbox row in it, or of the task's run; <c>ULID.2</c> … where there are more than 50 recipients.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="AlertType">The alert type's name; null for scheduled mail.</param>
/// <param name="Content">What it says.</param>
/// <param name="CreatedAt">When it was composed; its Date.</param>
internal sealed record OutgoingMail(Shard Shard, string Id, MailKind Kind, string? AlertType, MailContent Content, DateTimeOffset CreatedAt)
{
    public const int MaximumRecipients = 50;

    /// <summary>How many recipients are still owed it.</summary>
    public int Recipients { get; init; }

    /// <summary>A handler is sending it until then.</summary>
    public DateTimeOffset ClaimedUntil { get; init; } = StorageTime.Minimum;

    /// <summary>The write that claimed it, new with each renewal; empty when nobody has.</summary>
    public Guid Claim { get; init; }

    public ETag ETag { get; init; }

    public string RowKey => RowKeyOf(Id);

    public static string RowKeyOf(string id) => $"{RowPrefix}|{id}";

    public const string RowPrefix = "mail";

    /// <summary>Whether both were made of the same outbox row, because one mail could not have all its recipients.</summary>
    public bool IsOfSameOutboxRowAs(OutgoingMail other) => Id.Split('.')[0] == other.Id.Split('.')[0];

    /// <summary>The subject (S13).</summary>
    public string Subject(MailCulture culture) => Content switch
    {
        ScheduledMailContent scheduled => culture == MailCulture.Ja ? scheduled.SubjectJa : scheduled.SubjectEn,
        AlertMailContent alert => Sentences.Get(
            Kind == MailKind.Raised ? "RaiseSubject" : "ClearSubject",
            culture,
            ("n", Sentences.Of(alert.Count)),
            ("title", alert.Title(culture))),
        _ => AlertType ?? Id,
    };

    /// <summary>The row, carrying what its recipients have in common, so that one query finds it together with each of them that is to be attempted.</summary>
    public TableEntity ToRow(IReadOnlyCollection<Recipient> recipients)
    {
        TableEntity row = ToChanges(recipients);
        row["Id"] = Id;
        row["Kind"] = Kind.ToString();
        row["Alert"] = AlertType;
        row["CreatedAt"] = CreatedAt;
        row.SetLongText("Content", Content is ScheduledMailContent scheduled
            ? JsonSerializer.Serialize(scheduled, StorageJson.Default.ScheduledMailContent)
            : JsonSerializer.Serialize((AlertMailContent)Content, StorageJson.Default.AlertMailContent));
        return row;
    }

    /// <summary>The properties that change while it is being sent, to be merged into its row.</summary>
    public TableEntity ToChanges(IReadOnlyCollection<Recipient> recipients) => new(Shard.Key, RowKey)
    {
        ["Recipients"] = recipients.Count,
        ["ClaimedUntil"] = ClaimedUntil,
        ["Claim"] = Claim,
        ["DueAt"] = recipients.Min(recipient => recipient.DueAt),
        ["Attempts"] = recipients.Min(recipient => recipient.Attempts),
        ["Flush"] = recipients.Min(recipient => recipient.Flush),
        ["FlushTried"] = recipients.All(recipient => recipient.FlushTried),
        ["Lost"] = recipients.All(recipient => recipient.Lost),
    };

    public static OutgoingMail FromRow(TableEntity row) => new(
        new Shard(int.Parse(row.PartitionKey, System.Globalization.CultureInfo.InvariantCulture)),
        row.GetString("Id"),
        Enum.Parse<MailKind>(row.GetString("Kind")),
        row.GetString("Alert"),
        ReadContent(row),
        row.GetDateTimeOffset("CreatedAt")!.Value)
    {
        Recipients = row.GetInt32("Recipients")!.Value,
        ClaimedUntil = row.GetDateTimeOffset("ClaimedUntil")!.Value,
        Claim = row.GetGuid("Claim") ?? Guid.Empty,
        ETag = row.ETag,
    };

    private static MailContent ReadContent(TableEntity row)
    {
        string json = row.GetLongText("Content")!;
        try
        {
            return Enum.Parse<MailKind>(row.GetString("Kind")) is MailKind.Summary or MailKind.Report
                ? JsonSerializer.Deserialize(json, StorageJson.Default.ScheduledMailContent)!
                : JsonSerializer.Deserialize(json, StorageJson.Default.AlertMailContent)!;
        }
        catch (JsonException exception)
        {
            return new UnreadableMailContent(exception.Message);
        }
    }
}
