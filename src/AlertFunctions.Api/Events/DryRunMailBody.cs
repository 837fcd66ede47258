using System.ComponentModel.DataAnnotations;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Api.Events;

/// <summary>A mail that would be sent, or that a switch keeps from being sent.</summary>
/// <param name="Alert">The alert type.</param>
/// <param name="Kind"><c>raised</c> or <c>cleared</c>.</param>
/// <param name="Computers">The computers that it would name.</param>
/// <param name="Recipients">Who would get it.</param>
/// <param name="NotMailed">The users who would not, and why.</param>
internal sealed record DryRunMailBody(
    string Alert, [property: AllowedValues("raised", "cleared")] string Kind, IReadOnlyList<string> Computers, IReadOnlyList<DryRunRecipientBody> Recipients, IReadOnlyList<DryRunUserBody> NotMailed)
{
    public static DryRunMailBody Of(MailPreview mail) => new(
        mail.AlertType,
        mail.Kind == TransitionKind.Raise ? "raised" : "cleared",
        mail.Computers,
        mail.Recipients.Select(recipient => new DryRunRecipientBody(recipient.User, recipient.User is null ? recipient.Address : null, recipient.Culture)).ToList(),
        mail.Others.Select(other => new DryRunUserBody(other.User, other.Reason)).ToList());
}

/// <summary>Who would get a mail.</summary>
/// <param name="User">The user, or null.</param>
/// <param name="Address">The address where it is no user's. Those of users are left out: a key that may only post events does not read them.</param>
/// <param name="Culture">The language of the mail.</param>
internal sealed record DryRunRecipientBody(string? User, string? Address, MailCulture Culture);

/// <summary>A user who would not get a mail.</summary>
/// <param name="User">The user.</param>
/// <param name="Reason"><c>alertMailOff</c>, <c>noAddress</c>, <c>sameAddress</c> (another user has it, and one address gets one mail) or <c>mailSwitchOff</c> (the alert type's).</param>
internal sealed record DryRunUserBody(string User, NoMailReason Reason);
