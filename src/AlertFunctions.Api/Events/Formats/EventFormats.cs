using System.Text.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Api.Events.Formats.Alertmanager;
using AlertFunctions.Api.Events.Formats.AzureMonitor;
using AlertFunctions.Api.Events.Formats.CloudEvents;
using AlertFunctions.Api.Events.Formats.DeepSecurity;
using AlertFunctions.Api.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Events.Formats;

/// <summary>The formats that <c>POST /api/events</c> takes beside our own, and how each is recognised.</summary>
/// <param name="all">The formats, in the order in which they are tried.</param>
internal sealed class EventFormats(IEnumerable<IEventFormat> all)
{
    private readonly IEventFormat[] _all = [.. all];

    /// <summary>The formats, in the order in which they are tried.</summary>
    public IReadOnlyList<IEventFormat> All => _all;

    /// <summary>The query parameter that names a format.</summary>
    public QueryParameter<IEventFormat?> Parameter => field ??= new QueryParameter<IEventFormat?>(
        "format",
        "Read the body as this format, whatever its content type and shape.",
        required: false,
        () => new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. All.Select(format => (JsonNode)JsonValue.Create(format.Name))] },
        (value, refuse) =>
        {
            if (value.Length == 0)
            {
                return null;
            }

            IEventFormat? format = Array.Find(_all, format => format.Name == value);
            if (format is null)
            {
                refuse($"must be one of {string.Join(", ", All.Select(format => $"'{format.Name}'"))}; without it, the format is recognised.");
            }

            return format;
        });

    /// <summary>What is accepted beside our own events, in words.</summary>
    public string Accepted => field ??= $"Also accepted are {string.Join(", ", All.Select(format => $"{format.Title} (format={format.Name})"))}: see docs/ingest.md.";

    /// <summary>The format that a request's headers alone identify; null for none.</summary>
    public IEventFormat? MarkedBy(HttpRequest request) => Array.Find(_all, format => format.IsMarked(request));

    /// <summary>The format that a JSON body that is not ours looks like; null for none.</summary>
    public IEventFormat? WithShape(JsonElement body) => Array.Find(_all, format => format.HasShape(body));
}

/// <summary>Makes the formats known.</summary>
internal static class EventFormatServices
{
    /// <summary>Adds the formats, in the order in which they are tried.</summary>
    public static IServiceCollection AddEventFormats(this IServiceCollection services)
    {
        services.AddSingleton<IEventFormat, CloudEventsFormat>();
        services.AddSingleton<IEventFormat, AlertmanagerFormat>();
        services.AddSingleton<IEventFormat, AzureMonitorFormat>();
        services.AddSingleton<IEventFormat, DeepSecurityFormat>();
        services.AddSingleton<IEventFormat, CefFormat>();
        services.AddAmazonSns();
        services.AddSingleton<EventFormats>();
        services.AddSingleton<ForeignEventRecorder>();
        return services;
    }
}
