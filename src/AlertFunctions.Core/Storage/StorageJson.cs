using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlertFunctions.Core.Storage;

/// <summary>JSON kept inside rows: as short as it can be, since every escape costs six bytes in a transaction.</summary>
public static class StorageJson
{
    /// <summary>The options of each room's serializer context; a context takes them over, so each needs its own.</summary>
    public static JsonSerializerOptions NewOptions() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,

        // A text that lacks a member is damaged, and is found out when it is read, not where the member is used.
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}

/// <summary>The range of times that a table holds.</summary>
public static class StorageTime
{
    /// <summary>The earliest time that the service accepts (the emulator accepts earlier ones).</summary>
    public static readonly DateTimeOffset Minimum = new(1601, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
