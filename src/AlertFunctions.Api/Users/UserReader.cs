using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Users;

namespace AlertFunctions.Api.Users;

/// <summary>Reads a user, and notes everything that is wrong with it.</summary>
internal static class UserReader
{
    public const string Name = "name";
    public const string Email = "email";
    public const string ReceiveAlertMail = "receiveAlertMail";
    public const string Culture = "culture";
    public const string TimeZone = "timeZone";

    /// <summary>What a user has; the first is how it is called.</summary>
    public static IReadOnlyList<string> Fields { get; } = [Name, Email, ReceiveAlertMail, Culture, TimeZone];

    /// <summary>The user; null when it is none.</summary>
    /// <param name="body">What describes it.</param>
    /// <param name="path">The JSON path of the body.</param>
    /// <param name="nameInPath">Its name in the request's path; null where the body alone has it.</param>
    /// <param name="faults">Where faults are noted.</param>
    public static User? Read(JsonElement body, string path, string? nameInPath, Faults faults)
    {
        if (JsonFields.Of(body, path, faults, [.. Fields]) is not { } fields)
        {
            return null;
        }

        var user = new User(fields.PathName(nameInPath))
        {
            Email = fields.Address(Email),
            ReceiveAlertMail = fields.Flag(ReceiveAlertMail) ?? false,
            Culture = fields.Choice(Culture, ("ja", MailCulture.Ja), ("en", MailCulture.En)),
            TimeZone = fields.TimeZone(TimeZone),
        };
        if (user.ReceiveAlertMail && !fields.Has(Email))
        {
            fields.Refuse(Email, "is required when receiveAlertMail is true: the address that mail goes to, such as ops@example.com.");
        }

        return user;
    }
}
