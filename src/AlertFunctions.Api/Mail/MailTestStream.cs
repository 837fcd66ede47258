using System.Net.ServerSentEvents;
using System.Threading.Channels;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Api.Mail;

/// <summary>A test mail whose steps are reported as they happen: a <c>step</c> event for each, and at the end a <c>result</c> with all of them.</summary>
internal sealed class MailTestStream : IProgress<SmtpStep>
{
    /// <summary>The content type of server-sent events.</summary>
    public const string ContentType = "text/event-stream";

    private readonly Channel<SmtpStep> _steps = Channel.CreateUnbounded<SmtpStep>();

    /// <summary>Begins the test.</summary>
    /// <param name="send">Sends the mail and reports its steps.</param>
    public MailTestStream(Func<IProgress<SmtpStep>, Task<MailTest>> send) => Test = FollowAsync(send);

    /// <summary>The result.</summary>
    public Task<MailTest> Test { get; }

    /// <summary>Whether the test has come to a first step; one that was not tried has none.</summary>
    public ValueTask<bool> HasBegunAsync() => _steps.Reader.WaitToReadAsync();

    /// <summary>The events. Whoever stops reading waits for the test, which the same cancellation ends.</summary>
    /// <param name="culture">The reader's language.</param>
    public async IAsyncEnumerable<SseItem<object>> ReadAsync(MailCulture culture)
    {
        var conversation = new List<SmtpStep>();
        int reported = 0;
        try
        {
            await foreach (SmtpStep step in _steps.Reader.ReadAllAsync())
            {
                conversation.Add(step);
                List<MailTestStepBody> steps = MailTestStepBody.Of(conversation);
                for (int ended = steps.Count - (MailTestStepBody.MayGoOn(step) ? 1 : 0); reported < ended; reported++)
                {
                    yield return new SseItem<object>(steps[reported], "step");
                }
            }

            MailTestBody result = MailTestBody.Of(await Test, culture);
            foreach (MailTestStepBody step in result.Steps.Skip(reported))
            {
                yield return new SseItem<object>(step, "step");
            }

            yield return new SseItem<object>(result, "result");
        }
        finally
        {
            await ((Task)Test).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public void Report(SmtpStep value) => _steps.Writer.TryWrite(value);

    private async Task<MailTest> FollowAsync(Func<IProgress<SmtpStep>, Task<MailTest>> send)
    {
        try
        {
            return await send(this);
        }
        finally
        {
            _steps.Writer.Complete();
        }
    }
}
