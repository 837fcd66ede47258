using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>The kind of a mail.</summary>
public enum MailKind
{
    /// <summary>A new alert was raised.</summary>
    Raised,

    /// <summary>An alert was cleared.</summary>
    Cleared,

    /// <summary>「未解決アラートの概要の送信」 (S15).</summary>
    Summary,

    /// <summary>「レポートの生成および送信」 (S15).</summary>
    Report,
}

/// <summary>The content of a mail, frozen when it was composed.</summary>
public abstract record MailContent;

/// <summary>The content of scheduled mail. Its bodies are stored separately, see <see cref="MailSnapshots"/>.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="SubjectJa">The subject in Japanese.</param>
/// <param name="SubjectEn">The subject in English.</param>
/// <param name="Snapshot">The name of its bodies.</param>
public sealed record ScheduledMailContent(string Task, string SubjectJa, string SubjectEn, string Snapshot) : MailContent;

/// <summary>The content of an alert mail, frozen when it was composed (S3), so that later changes do not affect a re-send.</summary>
/// <param name="TitleJa">The type's Japanese title.</param>
/// <param name="TitleEn">The type's English title.</param>
/// <param name="Severity">The type's severity.</param>
/// <param name="Count">The number of computers on which the alert was raised or cleared.</param>
/// <param name="Computers">The first 100 of them.</param>
/// <param name="TimeZone">The IANA time zone in which times are shown.</param>
public sealed record AlertMailContent(string TitleJa, string TitleEn, Severity Severity, int Count, IReadOnlyList<AffectedComputer> Computers, string TimeZone) : MailContent
{
    /// <summary>The alert type's title in a language, on one line.</summary>
    public string Title(MailCulture culture) => HarmlessText.OneLine(culture == MailCulture.Ja ? TitleJa : TitleEn);
}

/// <summary>A mail with the recipients still waiting for it, in one row, which exists until the mail is delivered to, or given up for, the last of them.</summary>
/// <param name="Shard">The shard of its alert type, or that of scheduled tasks.</param>
/// <param name="Id">The ULID of the oldest outbox row in it, or of the task's run; with <c>.2</c> … appended if there are more than 50 recipients.</param>
/// <param name="Kind">The kind of mail.</param>
/// <param name="AlertType">The alert type's name; null for scheduled mail.</param>
/// <param name="Content">The content; null if it was not read, since it makes up most of the row.</param>
/// <param name="CreatedAt">When it was composed.</param>
public sealed record OutgoingMail(Shard Shard, string Id, MailKind Kind, string? AlertType, MailContent? Content, DateTimeOffset CreatedAt)
{
    /// <summary>The maximum number of recipients of one mail. More recipients get further mails.</summary>
    public const int MaximumRecipients = 50;

    /// <summary>The prefix of the row keys of mails.</summary>
    public const string RowPrefix = "mail";

    /// <summary>The properties that the recipients take at most: the replies of 50 servers.</summary>
    private const int MaximumRecipientParts = 8;

    private readonly string? _task;
    private readonly string? _subjectJa;
    private readonly string? _subjectEn;

    /// <summary>The recipients still waiting for it; empty if an earlier version keeps each in a row of its own, see <see cref="RecipientRows"/>.</summary>
    public IReadOnlyList<Recipient> Recipients { get; init; } = [];

    /// <summary>A handler is sending it until this time, or until the lease of its slot ends.</summary>
    public DateTimeOffset ClaimedUntil { get; init; } = StorageTime.Minimum;

    /// <summary>The claim: the lease of the slot whose holder is sending it; empty if nobody is.</summary>
    public Guid Claim { get; init; }

    /// <summary>The number of that slot; null in a row claimed by an older version.</summary>
    public int? ClaimSlot { get; init; }

    /// <summary>The trace of the first event that it is about, as a W3C <c>traceparent</c>; null where nobody records it.</summary>
    public string? Trace { get; init; }

    /// <summary>The ETag of the row that was read; default if it was not read from storage.</summary>
    public ETag ETag { get; init; }

    /// <summary>The row key.</summary>
    public string RowKey => RowKeyOf(Id);

    /// <summary>The name of its scheduled task; null for alert mail.</summary>
    public string? Task => Content is ScheduledMailContent scheduled ? scheduled.Task : _task;

    /// <summary>The properties of a mail's row, except its content.</summary>
    public static IReadOnlyList<string> Properties { get; } =
    [
        "PartitionKey", "RowKey", "Timestamp", RowReader.QuarantinedUntil, "Id", "Kind", "Alert", "CreatedAt", "Recipients", "ClaimedUntil", "Claim", "ClaimSlot", "Task", "SubjectJa", "SubjectEn", "Trace",
        "DueAt", .. LongText.PropertyNames("To", MaximumRecipientParts)];

    /// <summary>How rows are read without their content.</summary>
    public static RowType<OutgoingMail> Rows { get; } = new(row => FromRow(row, content: null), Postpone);

    /// <summary>How rows are read with their content.</summary>
    public static RowType<OutgoingMail> WholeRows { get; } = new(FromRow, Postpone);

    /// <summary>The row key for an id.</summary>
    public static string RowKeyOf(string id) => $"{RowPrefix}|{id}";

    /// <summary>The length in characters of the content that a row was read with, and of the recipients, whose replies can be longer.</summary>
    public static int ContentLength(TableEntity row) => (row.GetLongText("Content")?.Length ?? 0) + (row.GetLongText("To")?.Length ?? 0);

    /// <summary>The recipient with a key; null if nobody is waiting under it.</summary>
    public Recipient? Find(string key) => Recipients.FirstOrDefault(recipient => recipient.Key == key);

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

    /// <summary>The row.</summary>
    public TableEntity ToRow()
    {
        TableEntity row = ToChanges();
        row["Id"] = Id;
        row["Kind"] = Kind.ToString();
        row["Alert"] = AlertType;
        row["CreatedAt"] = CreatedAt;
        row["Task"] = Task;
        row["SubjectJa"] = Subject(MailCulture.Ja);
        row["SubjectEn"] = Subject(MailCulture.En);
        row.SetOptionalText("Trace", Trace);
        row.SetLongText("Content", Content is ScheduledMailContent scheduled
            ? JsonSerializer.Serialize(scheduled, MailJson.Default.ScheduledMailContent)
            : JsonSerializer.Serialize((AlertMailContent)Content!, MailJson.Default.AlertMailContent));
        return row;
    }

    /// <summary>The properties that change while it is being sent, for a merge into its row. They say of the recipients what queries ask for.</summary>
    public TableEntity ToChanges()
    {
        TableEntity row = ToClaim();
        row["Recipients"] = Recipients.Count;
        row["DueAt"] = EarliestOf(Recipients);
        row["Attempts"] = Recipients.Min(recipient => recipient.Attempts);
        row["Tried"] = Recipients.Any(recipient => recipient.Attempts > 0);
        row["Flush"] = Recipients.Where(recipient => !recipient.FlushTried).Select(recipient => recipient.Flush).DefaultIfEmpty().Min();
        row["FlushTried"] = Recipients.All(recipient => recipient.FlushTried);
        row["Lost"] = Recipients.Any(recipient => recipient.Lost);
        row.SetLongText("To", JsonSerializer.Serialize(Recipients, MailJson.Default.IReadOnlyListRecipient));
        return row;
    }

    /// <summary>The properties of its claim, for a merge into its row.</summary>
    public TableEntity ToClaim() => new(Shard.Key, RowKey)
    {
        ["ClaimedUntil"] = ClaimedUntil,
        ["Claim"] = Claim,
        ["ClaimSlot"] = ClaimSlot,
    };

    /// <summary>Reads a row with its content.</summary>
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
        Recipients = RecipientsOf(row),
        ClaimedUntil = row.RequiredTime("ClaimedUntil"),
        Claim = row.GetGuid("Claim") ?? Guid.Empty,
        ClaimSlot = row.GetInt32("ClaimSlot"),
        Trace = row.GetString("Trace"),
        ETag = row.ETag,
    };

    private OutgoingMail(Shard shard, string id, MailKind kind, string? alertType, MailContent? content, DateTimeOffset createdAt, string? task, string? subjectJa, string? subjectEn)
        : this(shard, id, kind, alertType, content, createdAt)
    {
        _task = task;
        _subjectJa = subjectJa;
        _subjectEn = subjectEn;
    }

    /// <summary>Sets the properties that keep a row out of the queries for due mail.</summary>
    private static void Postpone(TableEntity mark, DateTimeOffset until)
    {
        mark["DueAt"] = until;
        mark["FlushTried"] = true;
    }

    private static IReadOnlyList<Recipient> RecipientsOf(TableEntity row)
    {
        if (row.RequiredInt32("Recipients") > 0 && !row.ContainsKey("To"))
        {
            return [];
        }

        IReadOnlyList<Recipient> recipients = row.RequiredJson("To", MailJson.Default.IReadOnlyListRecipient);
        if (recipients.Count == 0)
        {
            throw new FormatException("Property To names no recipients.");
        }

        // Written by hand, or by a quarantine, the row's time is everybody's.
        DateTimeOffset dueAt = row.RequiredTime("DueAt");
        return EarliestOf(recipients) == dueAt ? recipients : [.. recipients.Select(recipient => recipient with { DueAt = dueAt })];
    }

    private static DateTimeOffset EarliestOf(IReadOnlyList<Recipient> recipients) => recipients.Min(recipient => recipient.DueAt);

    private static MailContent ReadContent(TableEntity row) => row.RequiredEnum<MailKind>("Kind") is MailKind.Summary or MailKind.Report
        ? row.RequiredJson("Content", MailJson.Default.ScheduledMailContent)
        : row.RequiredJson("Content", MailJson.Default.AlertMailContent);
}

/// <summary>JSON serialization of the values that this room stores in rows.</summary>
[JsonSerializable(typeof(AlertMailContent))]
[JsonSerializable(typeof(ScheduledMailContent))]
[JsonSerializable(typeof(IReadOnlyList<Recipient>))]
public sealed partial class MailJson : JsonSerializerContext
{
    static MailJson() => Default = new MailJson(StorageJson.NewOptions());
}
