using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Api.Alerts;
using AlertFunctions.Api.Console;
using AlertFunctions.Api.Events;
using AlertFunctions.Api.Http;
using AlertFunctions.Api.Mail;
using AlertFunctions.Api.Operation;
using AlertFunctions.Api.ScheduledTasks;
using AlertFunctions.Api.SystemEvents;
using AlertFunctions.Api.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AlertFunctions.Api;

/// <summary>The HTTP contract as one pipeline, the same on both hosts.</summary>
public static class AlertApi
{
    /// <summary>Adds what the pipeline needs.</summary>
    /// <param name="services">The host's services, with those of the core.</param>
    public static IServiceCollection AddAlertApi(this IServiceCollection services)
    {
        services.AddRouting();
        services.AddOpenApi();
        services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            // What the framework itself refuses is said in words as well.
            context.ProblemDetails.Title = context.ProblemDetails switch
            {
                { Status: StatusCodes.Status404NotFound, Title: "Not Found" } => "There is nothing at this address; /openapi/v1.json lists what there is.",
                { Status: StatusCodes.Status405MethodNotAllowed } => "This address does not accept this method; /openapi/v1.json lists what it accepts.",
                { Status: StatusCodes.Status415UnsupportedMediaType, Title: "Unsupported Media Type" } => "The content type must be application/json.",
                _ => context.ProblemDetails.Title,
            };
        });
        services.AddExceptionHandler<UnexpectedErrorHandler>();
        services.ConfigureHttpJsonOptions(options =>
        {
            // An event's data may be as deep as a request can be, and an answer puts it deeper still.
            options.SerializerOptions.MaxDepth = 2 * JsonBody.MaximumDepth;
            options.SerializerOptions.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
            options.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
            options.SerializerOptions.Converters.Add(new UtcTimeConverter());
        });
        return services;
    }

    /// <summary>Builds the pipeline for a host that is not itself one.</summary>
    /// <param name="services">The host's services.</param>
    public static RequestDelegate BuildPipeline(IServiceProvider services)
    {
        var app = new ApplicationBuilder(services);
        app.UseAlertApi();
        return app.Build();
    }

    /// <summary>Adds the pipeline to a host. Its routes name their <see cref="AccessPolicies"/>; to check keys is the host's part.</summary>
    /// <param name="app">The host's application.</param>
    public static void UseAlertApi(this IApplicationBuilder app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseConsolePages();
        app.UseMiddleware<StorageFaultMiddleware>();
        app.UseRouting();
        app.UseEndpoints(all =>
        {
            IEndpointRouteBuilder endpoints = all.AnsweringHead();
            endpoints.MapEvents();
            endpoints.MapAlerts();
            endpoints.MapAlertTypes();
            endpoints.MapUsers();
            endpoints.MapMail();
            endpoints.MapMailHistory();
            endpoints.MapScheduledTasks();
            endpoints.MapSystemEvents();
            endpoints.MapOperation();
            endpoints.MapOverview();
            endpoints.MapOpenApi().AllowAnonymous();
        });
    }

    /// <summary>Times leave as UTC with a <c>Z</c>.</summary>
    private sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
    }
}
