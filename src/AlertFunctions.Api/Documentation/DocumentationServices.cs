using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;

namespace AlertFunctions.Api.Documentation;

/// <summary>The OpenAPI document.</summary>
internal static class DocumentationServices
{
    private const string Suffix = "Body";

    public static void AddDocumentation(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        // HEAD stands beside each GET, so the document does not list it.
        Func<ApiDescription, bool> isIncluded = options.ShouldInclude;
        options.ShouldInclude = description => description.HttpMethod != HttpMethods.Head && isIncluded(description);

        // What is a body in the code is an event, a user, a mail to who reads the document.
        options.CreateSchemaReferenceId = type => OpenApiOptions.CreateDefaultSchemaReferenceId(type)?.Replace(Suffix, "", StringComparison.Ordinal);
        options.AddDocumentTransformer<DocumentTransformer>();
        options.AddOperationTransformer<OperationTransformer>();
        options.AddSchemaTransformer<SchemaTransformer>();
    });
}
