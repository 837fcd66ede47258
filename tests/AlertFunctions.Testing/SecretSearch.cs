using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Testing;

/// <summary>
/// Looks for secrets wherever a product could let them out: in its log with everything that a line carries, in its telemetry, and in whatever a test hands
/// to it. A secret is found in each form in which it would leak: as it is, in Base64 wherever it stands there, in hexadecimal, and escaped for an address,
/// JSON, HTML or a mail; and it is found when only its beginning or its end is there.
/// </summary>
public sealed class SecretSearch : ILoggerProvider
{
    /// <summary>So much of a secret gives it away.</summary>
    private const int TellingLength = 12;

    private readonly Dictionary<string, string> _forms = new(StringComparer.OrdinalIgnoreCase);
    private readonly SearchValues<string> _searched;
    private readonly ConcurrentQueue<string> _found = new();
    private readonly ActivityListener _activities;
    private readonly MeterListener _measurements = new();
    private int _looks;

    /// <summary>Begins to look at the log and at the telemetry.</summary>
    /// <param name="secrets">The secrets, by what they are called.</param>
    public SecretSearch(IReadOnlyDictionary<string, string> secrets)
    {
        foreach ((string name, string secret) in secrets)
        {
            foreach (string form in FormsOf(secret[..TellingLength]).Concat(FormsOf(secret[^TellingLength..])))
            {
                _forms[form] = name;
            }
        }

        _searched = SearchValues.Create([.. _forms.Keys], StringComparison.OrdinalIgnoreCase);
        _activities = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => Look(
                $"activity {activity.OperationName}",
                string.Join('\n', activity.TagObjects.Concat(activity.Events.SelectMany(item => item.Tags)).Select(tag => $"{tag.Key}={tag.Value}").Append(activity.DisplayName).Append(activity.StatusDescription))),
        };
        ActivitySource.AddActivityListener(_activities);
        _measurements.InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        _measurements.SetMeasurementEventCallback<long>((instrument, _, tags, _) => LookAtMeasurement(instrument, tags));
        _measurements.SetMeasurementEventCallback<double>((instrument, _, tags, _) => LookAtMeasurement(instrument, tags));
        _measurements.Start();
    }

    /// <summary>How many texts were looked at.</summary>
    public int Looks => _looks;

    /// <summary>Which secrets were found, and where.</summary>
    public IReadOnlyCollection<string> Found => _found;

    /// <summary>Looks at a text.</summary>
    /// <param name="where">What the text is.</param>
    /// <param name="text">The text, or null.</param>
    public void Look(string where, string? text)
    {
        Interlocked.Increment(ref _looks);
        int at = text.AsSpan().IndexOfAny(_searched);
        if (text is null || at < 0)
        {
            return;
        }

        string form = _forms.Keys.First(form => text.AsSpan(at).StartsWith(form, StringComparison.OrdinalIgnoreCase));
        _found.Enqueue($"{_forms[form]} in {where}: …{text[Math.Max(0, at - 80)..Math.Min(text.Length, at + 80)]}…");
    }

    /// <summary>Looks at a mail as it went over the wire, and at its parts as a reader sees them.</summary>
    public void Look(ReceivedMail mail)
    {
        Look("mail", Encoding.UTF8.GetString(mail.Raw));
        foreach (MimeKit.MimePart part in mail.Message.BodyParts.OfType<MimeKit.MimePart>())
        {
            using var decoded = new MemoryStream();
            part.Content?.DecodeTo(decoded);
            Look($"mail's {part.ContentType.MimeType}", Encoding.UTF8.GetString(decoded.ToArray()));
        }
    }

    /// <summary>A handler for a client: it looks at every answer, headers and body.</summary>
    public DelegatingHandler LookingHandler() => new Handler(this);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
        _activities.Dispose();
        _measurements.Dispose();
    }

    private static IEnumerable<string> FormsOf(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        IEnumerable<string> base64 = Enumerable.Range(0, 3).Select(shift => WholeBase64(bytes, shift));
        return
        [
            text, Uri.EscapeDataString(text), WebUtility.UrlEncode(text), JavaScriptEncoder.Default.Encode(text), JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text), WebUtility.HtmlEncode(text),
            HtmlEncoder.Default.Encode(text), Convert.ToHexString(bytes), text.Replace("=", "=3D", StringComparison.Ordinal), Encoding.Latin1.GetString(bytes),
            .. base64.SelectMany(form => new[] { form, form.Replace('+', '-').Replace('/', '_'), Uri.EscapeDataString(form), JavaScriptEncoder.Default.Encode(form) }),
        ];
    }

    /// <summary>The Base64 characters that bytes determine wholly, whatever stands before and after them.</summary>
    private static string WholeBase64(byte[] bytes, int shift)
    {
        string encoded = Convert.ToBase64String([.. new byte[shift], .. bytes]);
        int first = ((shift * 8) + 5) / 6;
        return encoded[first..((shift + bytes.Length) * 8 / 6)];
    }

    private void LookAtMeasurement(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            Look($"measurement {instrument.Name}", tag.Value as string);
        }
    }

    private sealed class Handler(SecretSearch search) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
            string where = $"answer {(int)answer.StatusCode} to {request.Method} {request.RequestUri!.AbsolutePath}";
            search.Look(where, answer.Headers.ToString());
            search.Look(where, await answer.Content.ReadAsStringAsync(cancellationToken));
            return answer;
        }
    }

    private sealed class Logger(SecretSearch search, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            LookAtValues("scope", state);
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            search.Look($"log {category}[{eventId.Id}]", formatter(state, exception));
            search.Look($"exception in log {category}[{eventId.Id}]", exception?.ToString());
            LookAtValues($"value in log {category}[{eventId.Id}]", state);
        }

        private void LookAtValues<TState>(string where, TState state)
        {
            if (state is IEnumerable<KeyValuePair<string, object?>> values)
            {
                foreach ((string name, object? value) in values)
                {
                    search.Look($"{where} {name}", value?.ToString());
                }
            }
        }
    }
}
