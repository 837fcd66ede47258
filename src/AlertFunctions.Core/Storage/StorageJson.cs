using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mail;
using AlertFunctions.Core.ScheduledTasks;
using AlertFunctions.Core.SystemEvents;

namespace AlertFunctions.Core.Storage;

/// <summary>JSON kept inside rows: as short as it can be, since every escape costs six bytes in a transaction.</summary>
[JsonSerializable(typeof(IReadOnlyList<AffectedComputer>))]
[JsonSerializable(typeof(AlertMailContent))]
[JsonSerializable(typeof(ScheduledMailContent))]
[JsonSerializable(typeof(TaskRecipients))]
[JsonSerializable(typeof(IReadOnlyList<JournalComputer>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class StorageJson : JsonSerializerContext
{
    static StorageJson() => Default = new StorageJson(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,

        // A text that lacks a member is damaged, and is found out when it is read, not where the member is used.
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

/// <summary>The range of times that a table holds.</summary>
internal static class StorageTime
{
    /// <summary>The earliest time that the service accepts (the emulator accepts earlier ones).</summary>
    public static readonly DateTimeOffset Minimum = new(1601, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
