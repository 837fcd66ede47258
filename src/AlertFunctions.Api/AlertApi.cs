using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Api.Alerts;
using AlertFunctions.Api.Alerts.Catalogues;
using AlertFunctions.Api.Configuration;
using AlertFunctions.Api.Console;
using AlertFunctions.Api.Documentation;
using AlertFunctions.Api.Events;
using AlertFunctions.Api.Events.Formats;
using AlertFunctions.Api.Http;
using AlertFunctions.Api.Mail;
using AlertFunctions.Api.Mappings;
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
    /// <summary>The name of the HTTP client that asks Amazon SNS for its certificates and confirms subscriptions.</summary>
    public const string AmazonSnsClient = "AmazonSns";

    /// <summary>Adds what the pipeline needs.</summary>
    /// <param name="services">The host's services, with those of the core.</param>
    public static IServiceCollection AddAlertApi(this IServiceCollection services)
    {
        services.AddRouting();
        services.AddDocumentation();
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>(); // before the framework's own, which writes nothing to a client that accepts other types
        services.AddProblemDetails();
        services.AddSingleton<ConfigurationKinds>();
        services.AddSingleton<EventPreviewer>();
        services.AddSingleton<OwnEventRecorder>();
        services.AddEventFormats();
        services.AddRequestDecompression(options =>
        {
            options.DecompressionProviders.Remove("br");
            options.DecompressionProviders.Remove("deflate");
        });
        services.AddExceptionHandler<BrokenRequestHandler>();
        services.AddExceptionHandler<UnexpectedErrorHandler>();
        services.ConfigureHttpJsonOptions(options =>
        {
            // An event's data may be as deep as a request can be, and an answer puts it deeper still.
            options.SerializerOptions.MaxDepth = 2 * JsonBody.MaximumDepth;
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict; // a number is written as one, and described as one
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
        app.UseProblems();
        app.UseConsolePages();
        app.UseRequestDecompression();
        app.UseMiddleware<StorageFaultMiddleware>();
        app.UseRouting();
        app.Use(QueryNames.CheckAsync);
        app.Use(EntityTag.CheckAsync);
        app.UseEndpoints(routes =>
        {
            // HEAD works wherever GET does; the server leaves the body out.
            RouteGroupBuilder endpoints = routes.MapGroup("");
            ((IEndpointConventionBuilder)endpoints).Finally(AnswerHead);
            ((IEndpointConventionBuilder)endpoints).Finally(CommonAnswers.Add);
            endpoints.MapGroup("").WithTags(Tags.Events).MapEvents();
            endpoints.MapGroup("").WithTags(Tags.Mappings).MapMappings();
            endpoints.MapGroup("").WithTags(Tags.Alerts).MapAlerts();
            endpoints.MapGroup("").WithTags(Tags.AlertTypes).MapAlertTypes();
            endpoints.MapGroup("").WithTags(Tags.AlertTypes).MapCatalogues();
            endpoints.MapGroup("").WithTags(Tags.Users).MapUsers();
            endpoints.MapGroup("").WithTags(Tags.Mail).MapMail();
            endpoints.MapGroup("").WithTags(Tags.Mail).MapMailHistory();
            endpoints.MapGroup("").WithTags(Tags.ScheduledTasks).MapScheduledTasks();
            endpoints.MapGroup("").WithTags(Tags.Configuration).MapConfiguration();
            endpoints.MapGroup("").WithTags(Tags.SystemEvents).MapSystemEvents();
            endpoints.MapGroup("").WithTags(Tags.Operation).MapOperation();
            endpoints.MapGroup("").WithTags(Tags.Operation).MapOverview();
            endpoints.MapOpenApi().AllowAnonymous();
            endpoints.MapDocumentationPage();
        });
    }

    private static void AnswerHead(EndpointBuilder endpoint)
    {
        if (endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault() is { HttpMethods: ["GET"] } get)
        {
            endpoint.Metadata[endpoint.Metadata.IndexOf(get)] = new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]);
        }
    }

    /// <summary>Answers in problem details whatever goes wrong in what is added after it, and keeps answers of the API out of caches, unless a route says otherwise.</summary>
    /// <param name="app">The host's application.</param>
    public static void UseProblems(this IApplicationBuilder app)
    {
        app.Use((context, next) =>
        {
            if (context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
            {
                context.Response.OnStarting(() =>
                {
                    if (context.Response.Headers.CacheControl.Count == 0)
                    {
                        context.Response.Headers.CacheControl = "no-store";
                    }

                    return Task.CompletedTask;
                });
            }

            return next(context);
        });
        app.UseExceptionHandler();
        app.UseStatusCodePages();
    }

    /// <summary>Times leave as UTC with a <c>Z</c>.</summary>
    private sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
    }
}
