using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Storage;

/// <summary>
/// Reads the properties that a row must have. A property that is missing, of another type or of an unknown value is named in the exception, so that
/// whoever repairs the row knows what to look at.
/// </summary>
internal static class RowValues
{
    public static string RequiredText(this TableEntity row, string name) => row.Required<string>(name);

    public static int RequiredInt32(this TableEntity row, string name) => row.Required<int>(name);

    public static long RequiredInt64(this TableEntity row, string name) => row.Required<long>(name);

    public static bool RequiredBoolean(this TableEntity row, string name) => row.Required<bool>(name);

    public static Guid RequiredGuid(this TableEntity row, string name) => row.Required<Guid>(name);

    public static DateTimeOffset RequiredTime(this TableEntity row, string name) => row.Required<DateTimeOffset>(name);

    public static Ulid RequiredUlid(this TableEntity row, string name) =>
        Ulid.TryParse(row.RequiredText(name), CultureInfo.InvariantCulture, out Ulid value) ? value : throw Damaged(name, $"is '{row[name]}', which is no ULID");

    public static T RequiredEnum<T>(this TableEntity row, string name)
        where T : struct, Enum => ParseEnum<T>(name, row.RequiredText(name));

    public static T? OptionalEnum<T>(this TableEntity row, string name)
        where T : struct, Enum => row.GetString(name) is { } text ? ParseEnum<T>(name, text) : null;

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

    public static TimeZoneInfo RequiredTimeZone(this TableEntity row, string name) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(row.RequiredText(name), out TimeZoneInfo? zone) && zone.HasIanaId ? zone : throw Damaged(name, $"is '{row[name]}', which is not known here");

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
