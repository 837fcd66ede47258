using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Api.Events;
using AlertFunctions.Api.Events.Formats;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AlertFunctions.Tests.Fuzz;

/// <summary>Whatever becomes of what other systems send is an event of ours.</summary>
public sealed class ForeignSampleTests
{
    private const int Samples = 20_000;
    private static readonly TimeSpan s_retention = TimeSpan.FromDays(90);
    private static readonly JsonDocumentOptions s_reading = new() { MaxDepth = JsonBody.MaximumDepth + 1 };

    [Fact]
    public Task Twenty_thousand_spoiled_samples_become_events_that_our_own_format_would_take_too() => RunAsync(seed: 20_261_128);

    [Fact(Explicit = true)]
    [Trait("Category", "Nightly")]
    public Task And_another_twenty_thousand_each_night() => RunAsync(Environment.TickCount & 0x3fff_ffff);

    private static async Task RunAsync(int seed)
    {
        await using ServiceProvider services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(new FakeClock()).AddEventFormats().BuildServiceProvider();
        var formats = new EventFormats(services.GetServices<IEventFormat>());
        var contract = new ApiContract(JsonNode.Parse("""{ "paths": {} }""")!);
        int events = 0;
        int rejected = 0;
        for (int number = 0; number < Samples; number++)
        {
            // Each sample has a seed of its own, and can be repeated alone.
            var chance = new Chance(seed + number);
            ForeignSample sample = ForeignSample.Next(new JsonSamples(contract, chance), chance);
            try
            {
                (int some, int others) = await ReadAsync(formats, sample);
                events += some;
                rejected += others;
            }
            catch (Exception exception)
            {
                Assert.Fail($"Sample {number} of seed {seed}: {exception}\n{string.Join('\n', sample.Headers)}\n{Encoding.UTF8.GetString(sample.Body)}");
            }
        }

        Assert.True(events > Samples / 10 && rejected > Samples / 100, $"Too few mean anything: {events} events, {rejected} rejected items.");
    }

    /// <summary>Reads a sample as every format, also as those that it is not.</summary>
    private static async Task<(int Events, int Rejected)> ReadAsync(EventFormats formats, ForeignSample sample)
    {
        HttpRequest request = new DefaultHttpContext().Request;
        foreach ((string name, string value) in sample.Headers)
        {
            request.Headers[name] = value;
        }

        formats.MarkedBy(request);
        (JsonDocument? document, _) = RequestBody.ToText(sample.Body) is { Refusal: null } text ? JsonBody.Parse(text.Utf8) : default;
        using (document)
        {
            if (document is not null)
            {
                formats.WithShape(document.RootElement);
            }
        }

        int events = 0;
        int rejected = 0;
        foreach (IEventFormat format in formats.All)
        {
            using var received = new ReceivedEvents(FakeClock.Origin, s_retention);
            using var foreign = new ForeignRequest(request, sample.Body, dryRun: false);
            await format.ReadAsync(foreign, received, TestContext.Current.CancellationToken);
            foreach (Event item in received.Events)
            {
                AssertIsOurs(item);
            }

            events += received.Events.Count;
            rejected += received.Rejected?.Count ?? 0;
        }

        return (events, rejected);
    }

    private static void AssertIsOurs(Event item)
    {
        using JsonDocument body = JsonDocument.Parse(
            new JsonObject
            {
                ["id"] = item.Id,
                ["time"] = item.Time.ToString("O"),
                ["computer"] = item.Computer,
                ["alert"] = item.Alert,
                ["state"] = item.Kind == TransitionKind.Raise ? "occurred" : "cleared",
                ["message"] = item.Message,
                ["data"] = item.Data is null ? null : JsonNode.Parse(item.Data, documentOptions: s_reading),
            }.ToJsonString(new JsonSerializerOptions { MaxDepth = 2 * JsonBody.MaximumDepth, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }),
            s_reading);
        var faults = new Faults();
        EventReader.Read(body.RootElement, FakeClock.Origin, s_retention, faults);
        Assert.False(faults.Any, string.Join('\n', faults.ToErrors().Select(fault => $"{fault.Key} {string.Join(' ', fault.Value)}")));
    }
}
