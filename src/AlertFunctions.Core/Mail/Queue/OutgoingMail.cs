using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Queue;

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
public abstract record MailContent;

/// <summary>What scheduled mail says: its bodies are kept beside it, see <see cref="MailSnapshots"/>.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="SubjectJa">The subject in Japanese.</param>
/// <param name="SubjectEn">The subject in English.</param>
/// <param name="Snapshot">Where its bodies are.</param>
public sealed record ScheduledMailContent(string Task, string SubjectJa, string SubjectEn, string Snapshot) : MailContent;

/// <summary>What an alert mail says, frozen when it was composed (S3): what changes later changes nothing in a re-send.</summary>
/// <param name="TitleJa">The type's Japanese title.</param>
/// <param name="TitleEn">The type's English title.</param>
/// <param name="Severity">The type's severity.</param>
/// <param name="Count">How many computers were raised or cleared.</param>
/// <param name="Computers">The first 100 of them.</param>
/// <param name="TimeZone">The IANA zone in which times are shown.</param>
public sealed record AlertMailContent(string TitleJa, string TitleEn, Severity Severity, int Count, IReadOnlyList<AffectedComputer> Computers, string TimeZone) : MailContent
{
    /// <summary>The alert type's title in a language, on one line.</summary>
    public string Title(MailCulture culture) => HarmlessText.OneLine(culture == MailCulture.Ja ? TitleJa : TitleEn);
}

/// <summary>One notification to some recipients. Its row lives until the last of them got it or was given up.</summary>
/// <param name="Shard">Where it is kept: its alert type's shard, or that of scheduled tasks.</param>
/// <param name="Id">The ULID of the oldest outbox row in it, or of the task's run; <c>ULID.2</c> … where there are more than 50 recipients.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="AlertType">The alert type's name; null for scheduled mail.</param>
/// <param name="Content">What it says; null where it was not read, since it is most of the row and only needed for sending.</param>
/// <param name="CreatedAt">When it was composed.</param>
public sealed record OutgoingMail(Shard Shard, string Id, MailKind Kind, string? AlertType, MailContent? Content, DateTimeOffset CreatedAt)
{
    /// <summary>The most recipients that one mail has; more are mails of their own.</summary>
    public const int MaximumRecipients = 50;

    /// <summary>How keys of mail rows begin.</summary>
    public const string RowPrefix = "mail";

    private readonly string? _task;
    private readonly string? _subjectJa;
    private readonly string? _subjectEn;

    /// <summary>How many recipients are still waiting for it.</summary>
    public int Recipients { get; init; }

    /// <summary>A handler is sending it until then, or until the lease of its slot ends.</summary>
    public DateTimeOffset ClaimedUntil { get; init; } = StorageTime.Minimum;

    /// <summary>The claim: the lease of the slot whose holder is sending it; empty when nobody is.</summary>
    public Guid Claim { get; init; }

    /// <summary>The number of that slot; null in a row that an older version claimed.</summary>
    public int? ClaimSlot { get; init; }

    /// <summary>The version of its row that was read; default when it was not read from storage.</summary>
    public ETag ETag { get; init; }

    /// <summary>The key of its row.</summary>
    public string RowKey => RowKeyOf(Id);

    /// <summary>The scheduled task that it is of; null for alert mail.</summary>
    public string? Task => Content is ScheduledMailContent scheduled ? scheduled.Task : _task;

    /// <summary>The properties of a mail without its content.</summary>
    public static IReadOnlyList<string> Properties { get; } =
        ["PartitionKey", "RowKey", "Timestamp", RowReader.QuarantinedUntil, "Id", "Kind", "Alert", "CreatedAt", "Recipients", "ClaimedUntil", "Claim", "ClaimSlot", "Task", "SubjectJa", "SubjectEn"];

    /// <summary>Rows read without their content.</summary>
    public static RowType<OutgoingMail> Rows { get; } = new(row => FromRow(row, content: null), Recipient.Postpone);

    /// <summary>Rows read whole.</summary>
    public static RowType<OutgoingMail> WholeRows { get; } = new(FromRow, Recipient.Postpone);

    /// <summary>The key of a mail's row.</summary>
    public static string RowKeyOf(string id) => $"{RowPrefix}|{id}";

    /// <summary>Whether a row in the range of mails is a recipient's: it has one part more.</summary>
    public static bool IsRecipientKey(string rowKey) => rowKey.Count(c => c == Keys.Separator) > 1;

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
        _ => (culture == MailCulture.Ja ? _subjectJa : _subjectEn) ?? AlertType ?? Id,
    };

    /// <summary>The row, carrying what its recipients have in common, so that one query finds it together with each of them that is to be attempted.</summary>
    public TableEntity ToRow(IReadOnlyCollection<Recipient> recipients)
    {
        TableEntity row = ToChanges(recipients, unreadable: 0);
        row["Id"] = Id;
        row["Kind"] = Kind.ToString();
        row["Alert"] = AlertType;
        row["CreatedAt"] = CreatedAt;
        row["Task"] = Task;
        row["SubjectJa"] = Subject(MailCulture.Ja);
        row["SubjectEn"] = Subject(MailCulture.En);
        row.SetLongText("Content", Content is ScheduledMailContent scheduled
            ? JsonSerializer.Serialize(scheduled, MailJson.Default.ScheduledMailContent)
            : JsonSerializer.Serialize((AlertMailContent)Content!, MailJson.Default.AlertMailContent));
        return row;
    }

    /// <summary>The properties that change while it is being sent, to be merged into its row.</summary>
    /// <param name="recipients">The recipients that are left.</param>
    /// <param name="unreadable">How many more are left whose rows cannot be read.</param>
    public TableEntity ToChanges(IReadOnlyCollection<Recipient> recipients, int unreadable)
    {
        TableEntity row = ToClaim();
        row["Recipients"] = recipients.Count + unreadable;
        if (recipients.Count > 0)
        {
            row["DueAt"] = recipients.Min(recipient => recipient.DueAt);
            row["Attempts"] = recipients.Min(recipient => recipient.Attempts);
            row["Flush"] = recipients.Min(recipient => recipient.Flush);
            row["FlushTried"] = recipients.All(recipient => recipient.FlushTried);
            row["Lost"] = recipients.All(recipient => recipient.Lost);
        }

        return row;
    }

    /// <summary>The properties of its claim, to be merged into its row.</summary>
    public TableEntity ToClaim() => new(Shard.Key, RowKey)
    {
        ["ClaimedUntil"] = ClaimedUntil,
        ["Claim"] = Claim,
        ["ClaimSlot"] = ClaimSlot,
    };

    /// <summary>Reads a whole row.</summary>
    /// <exception cref="FormatException">The row is damaged.</exception>
    public static OutgoingMail FromRow(TableEntity row) => FromRow(row, ReadContent(row));

    private static OutgoingMail FromRow(TableEntity row, MailContent? content) => new(
        new Shard(int.Parse(row.PartitionKey, System.Globalization.CultureInfo.InvariantCulture)),
        row.RequiredText("Id"),
        row.RequiredEnum<MailKind>("Kind"),
        row.GetString("Alert"),
        content,
        row.RequiredTime("CreatedAt"),
        row.GetString("Task"),
        row.GetString("SubjectJa"),
        row.GetString("SubjectEn"))
    {
        Recipients = row.RequiredInt32("Recipients"),
        ClaimedUntil = row.RequiredTime("ClaimedUntil"),
        Claim = row.GetGuid("Claim") ?? Guid.Empty,
        ClaimSlot = row.GetInt32("ClaimSlot"),
        ETag = row.ETag,
    };

    private OutgoingMail(Shard shard, string id, MailKind kind, string? alertType, MailContent? content, DateTimeOffset createdAt, string? task, string? subjectJa, string? subjectEn)
        : this(shard, id, kind, alertType, content, createdAt)
    {
        _task = task;
        _subjectJa = subjectJa;
        _subjectEn = subjectEn;
    }

    private static MailContent ReadContent(TableEntity row) => row.RequiredEnum<MailKind>("Kind") is MailKind.Summary or MailKind.Report
        ? row.RequiredJson("Content", MailJson.Default.ScheduledMailContent)
        : row.RequiredJson("Content", MailJson.Default.AlertMailContent);
}

/// <summary>How values of this room are written as JSON in rows.</summary>
[JsonSerializable(typeof(AlertMailContent))]
[JsonSerializable(typeof(ScheduledMailContent))]
public sealed partial class MailJson : JsonSerializerContext
{
    static MailJson() => Default = new MailJson(StorageJson.NewOptions());
}
