using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlertFunctions.Core.Storage;

/// <summary>JSON stored in rows, kept short: every escaped character costs six bytes in a transaction.</summary>
public static class StorageJson
{
    /// <summary>New options for the serializer context of one room. A context takes ownership of its options, so they cannot be shared.</summary>
    public static JsonSerializerOptions NewOptions() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,

        // Fail on a missing member while reading the row, not later where the member is used.
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}

/// <summary>Stores an enumeration value by its name, and reads no other.</summary>
public sealed class StoredEnumConverter<T>() : JsonStringEnumConverter<T>(namingPolicy: null, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>The range of times that a table can store.</summary>
public static class StorageTime
{
    /// <summary>The earliest time that the service accepts (the emulator accepts earlier ones).</summary>
    public static readonly DateTimeOffset Minimum = new(1601, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
