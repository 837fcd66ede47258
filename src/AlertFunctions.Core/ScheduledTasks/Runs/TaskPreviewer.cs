using System.Globalization;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Settings;
using MimeKit;

namespace AlertFunctions.Core.ScheduledTasks.Runs;

/// <summary>A mail as its readers would see it.</summary>
/// <param name="Edition">What it differs in from the other mails of the run.</param>
/// <param name="Subject">The subject.</param>
/// <param name="Text">The plain text.</param>
/// <param name="Html">The page; the pictures are in it.</param>
/// <param name="Attachments">The attached files with their sizes in bytes.</param>
/// <param name="Recipients">Who would get it; nobody where the task has no recipient with an address.</param>
public sealed record PreviewedMail(
    MailEdition Edition, string Subject, string Text, string Html, IReadOnlyList<(string Name, long Bytes)> Attachments, IReadOnlyList<Addressee> Recipients);

/// <summary>Shows the mail that a run on request would send now. Nothing is recorded or mailed.</summary>
public sealed class TaskPreviewer(TaskRunRenderer renderer, MailSettings settings, TimeProvider time)
{
    /// <summary>The mails that a task would send, one for each language and, in a summary, time zone of its recipients.</summary>
    public async Task<IReadOnlyList<PreviewedMail>> PreviewAsync(ScheduledTask task, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        TaskRun run = TaskRun.ByHand(Ulid.NewUlid(now), task, now);
        RunContent content = await renderer.ReadAsync(run, cancellationToken);
        ILookup<MailEdition, Addressee> recipients = (await renderer.AddresseesOfAsync(run, cancellationToken)).ToLookup(addressee => TaskRunRenderer.EditionOf(run, addressee));
        IEnumerable<MailEdition> editions = recipients.Count > 0 ? recipients.Select(edition => edition.Key) : [new MailEdition(settings.Culture, TimeZone: null)];
        return [.. editions.Select(edition => Preview(edition, content, [.. recipients[edition]]))];
    }

    private static PreviewedMail Preview(MailEdition edition, RunContent content, IReadOnlyList<Addressee> recipients)
    {
        using var message = new MimeMessage { Body = content.Body(edition) };
        string html = message.BodyParts.OfType<MimePart>().Where(part => part is { IsAttachment: false, ContentId: not null })
            .Aggregate(message.HtmlBody!, (page, picture) => page.Replace($"cid:{picture.ContentId}", DataOf(picture), StringComparison.Ordinal));
        return new PreviewedMail(
            edition,
            content.Subject(edition.Culture),
            message.TextBody!,
            html,
            [.. message.Attachments.OfType<MimePart>().Select(file => (file.FileName!, BytesOf(file).LongLength))],
            recipients);
    }

    private static string DataOf(MimePart picture) => string.Create(CultureInfo.InvariantCulture, $"data:{picture.ContentType.MimeType};base64,{Convert.ToBase64String(BytesOf(picture))}");

    private static byte[] BytesOf(MimePart part)
    {
        using var bytes = new MemoryStream();
        part.Content!.DecodeTo(bytes);
        return bytes.ToArray();
    }
}
