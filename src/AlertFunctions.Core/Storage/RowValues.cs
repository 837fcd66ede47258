using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Storage;

/// <summary>
/// Reads the mandatory properties of a row. If one is missing, has the wrong type or an unknown value, the exception names it, so that whoever
/// repairs the row knows where to look.
/// </summary>
public static class RowValues
{
    /// <summary>Sets an optional text. The SDK would send a null, which the service stores nowhere.</summary>
    public static void SetOptionalText(this TableEntity row, string name, string? value)
    {
        if (value is not null)
        {
            row[name] = value;
        }
    }

    /// <summary>A mandatory text.</summary>
    public static string RequiredText(this TableEntity row, string name) => row.Required<string>(name);

    /// <summary>A mandatory 32-bit integer.</summary>
    public static int RequiredInt32(this TableEntity row, string name) => row.Required<int>(name);

    /// <summary>A mandatory 64-bit integer.</summary>
    public static long RequiredInt64(this TableEntity row, string name) => row.Required<long>(name);

    /// <summary>A mandatory Boolean.</summary>
    public static bool RequiredBoolean(this TableEntity row, string name) => row.Required<bool>(name);

    /// <summary>A mandatory GUID.</summary>
    public static Guid RequiredGuid(this TableEntity row, string name) => row.Required<Guid>(name);

    /// <summary>A mandatory time.</summary>
    public static DateTimeOffset RequiredTime(this TableEntity row, string name) => row.Required<DateTimeOffset>(name);

    /// <summary>A mandatory ULID.</summary>
    public static Ulid RequiredUlid(this TableEntity row, string name) =>
        Ulid.TryParse(row.RequiredText(name), CultureInfo.InvariantCulture, out Ulid value) ? value : throw Damaged(name, $"is '{row[name]}', which is not a ULID");

    /// <summary>A mandatory enumeration value, stored by name.</summary>
    public static T RequiredEnum<T>(this TableEntity row, string name)
        where T : struct, Enum => ParseEnum<T>(name, row.RequiredText(name));

    /// <summary>An optional enumeration value, stored by name.</summary>
    public static T? OptionalEnum<T>(this TableEntity row, string name)
        where T : struct, Enum => row.GetString(name) is { } text ? ParseEnum<T>(name, text) : null;

    /// <summary>A mandatory value stored as JSON, of any length.</summary>
    public static T RequiredJson<T>(this TableEntity row, string name, JsonTypeInfo<T> type)
        where T : class
    {
        row.RequiredText(name);
        try
        {
            return JsonSerializer.Deserialize(row.GetLongText(name)!, type) ?? throw Damaged(name, "is null");
        }
        catch (JsonException exception)
        {
            throw Damaged(name, $"cannot be read: {exception.Message}");
        }
    }

    /// <summary>A mandatory time zone that this machine knows.</summary>
    public static TimeZoneInfo RequiredTimeZone(this TableEntity row, string name) =>
        TimeZones.TryFind(row.RequiredText(name), out TimeZoneInfo? zone) ? zone : throw Damaged(name, $"is '{row[name]}', which is not a time zone that this machine knows");

    /// <summary>A time zone that is known here, or null.</summary>
    public static TimeZoneInfo? OptionalTimeZone(this TableEntity row, string name) => row[name] is null ? null : row.RequiredTimeZone(name);

    private static T Required<T>(this TableEntity row, string name) => row[name] switch
    {
        T value => value,
        null => throw Damaged(name, "is missing"),
        object other => throw Damaged(name, $"is a {other.GetType().Name}, but must be a {typeof(T).Name}"),
    };

    private static T ParseEnum<T>(string name, string text)
        where T : struct, Enum => Enum.TryParse(text, out T value) && Enum.IsDefined(value) ? value : throw Damaged(name, $"has the unknown value '{text}'");

    private static FormatException Damaged(string name, string what) => new($"{name} {what}.");
}
