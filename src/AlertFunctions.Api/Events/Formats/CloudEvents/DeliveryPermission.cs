using AlertFunctions.Api.Documentation;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Mappings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Events.Formats.CloudEvents;

/// <summary>
/// The answer to a sender of CloudEvents, such as Azure Event Grid, that asks before it sends anything (CloudEvents HTTP webhook, abuse protection). Who
/// has a key may send, so it is yes to every sender that gets here, at any rate.
/// </summary>
internal static class DeliveryPermission
{
    private const string RequestedOrigin = "WebHook-Request-Origin";
    private const string RequestedRate = "WebHook-Request-Rate";
    private const string AllowedOrigin = "WebHook-Allowed-Origin";
    private const string AllowedRate = "WebHook-Allowed-Rate";
    private const string AnyRate = "*";

    /// <summary>The methods of the address.</summary>
    private const string Methods = "POST, OPTIONS";

    /// <summary>Maps the question.</summary>
    /// <param name="endpoints">The routes.</param>
    /// <param name="formats">The question comes to the address to which events will, and so with its query parameters.</param>
    public static void MapDeliveryPermission(this IEndpointRouteBuilder endpoints, EventFormats formats) =>
        endpoints.MapMethods("/api/events", [HttpMethods.Options], AnswerAsync).RequireAuthorization(AccessPolicies.PostEvents).WithQuery(EventQuery.Parameters(formats))
            .WithName("permitDelivery")
            .WithSummary("Permit the delivery of CloudEvents")
            .WithDescription("What a sender of CloudEvents asks before its first event, as Azure Event Grid does. The answer is yes, at any rate.")
            .Produces(StatusCodes.Status200OK)
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                (operation.Parameters ??= []).Add(Header(RequestedOrigin, "Who wants to send: a DNS name."));
                operation.Parameters.Add(Header(RequestedRate, "How many requests a minute the sender wants to send."));
                var answer = (OpenApiResponse)operation.Responses!["200"];
                answer.Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal)
                {
                    [HeaderNames.Allow] = HeaderOfAnswer("The methods of this address."),
                    [AllowedOrigin] = HeaderOfAnswer("The sender that asked."),
                    [AllowedRate] = HeaderOfAnswer("`*`: any rate, where one was asked for."),
                };
                return Task.CompletedTask;
            });

    private static async Task<IResult> AnswerAsync(HttpContext context, EventFormats formats, MappingStore mappings)
    {
        HttpRequest request = context.Request;
        HttpResponse response = context.Response;
        var faults = new Faults();

        // What is wrong with the address is said while somebody looks, and not when the first event is to be delivered.
        (_, IResult? refusal) = await EventQuery.ReadAsync(context, formats, mappings, faults);
        string origin = request.Headers[RequestedOrigin].ToString();
        if (origin.Length > 0 && Uri.CheckHostName(origin) == UriHostNameType.Unknown)
        {
            faults.Add(RequestedOrigin, $"is '{JsonFields.Excerpt(origin)}', but must be the sender's DNS name.");
        }

        if (refusal is not null || faults.Any)
        {
            return refusal ?? Problem.Invalid(faults);
        }

        response.Headers.Allow = Methods;
        if (origin.Length > 0)
        {
            response.Headers[AllowedOrigin] = origin;
            if (request.Headers.ContainsKey(RequestedRate))
            {
                response.Headers[AllowedRate] = AnyRate;
            }
        }

        return Results.Ok();
    }

    private static OpenApiParameter Header(string name, string description) =>
        new() { Name = name, In = ParameterLocation.Header, Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    private static OpenApiHeader HeaderOfAnswer(string description) => new() { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
}
