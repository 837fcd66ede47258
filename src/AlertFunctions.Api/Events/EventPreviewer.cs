using AlertFunctions.Core.Events;
using AlertFunctions.Core.Mail.Compose;

namespace AlertFunctions.Api.Events;

/// <summary>Answers <c>?dryRun=true</c>: what recording events would do, and whom it would mail.</summary>
internal sealed class EventPreviewer(EventRecorder recorder, MailPreviewer mails)
{
    /// <summary>What recording events would do; nothing is written.</summary>
    /// <param name="events">The events.</param>
    /// <param name="warnings">What is hardly meant of them.</param>
    /// <param name="cancellationToken">For the storage calls.</param>
    public async Task<RecordedBody> PreviewAsync(IReadOnlyList<Event> events, IReadOnlyList<WarningBody> warnings, CancellationToken cancellationToken)
    {
        EventPreview preview = await recorder.PreviewAsync(events, cancellationToken);
        return RecordedBody.Of(preview, await mails.PreviewAsync(preview.Types.Select(type => (type.Type, type.Applied.Transitions)), cancellationToken), warnings);
    }
}
