using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Scalar.AspNetCore;

namespace AlertFunctions.Api.Documentation;

/// <summary><c>/docs</c>: the OpenAPI document as a page, whose files come from this process alone.</summary>
internal static class DocumentationPage
{
    public static void MapDocumentationPage(this IEndpointRouteBuilder endpoints) => endpoints.MapScalarApiReference("/docs", (options, context) =>
    {
        options.Title = "AlertFunctions";
        options.Favicon = "data:,";
        options.Nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        options.HideClientButton = true;
        options.SchemaPropertyOrder = PropertyOrder.Preserve;
        options.AddPreferredSecuritySchemes(DocumentTransformer.KeyScheme);
        options.ShowDeveloperTools = DeveloperToolsVisibility.Never;
        options.DefaultFonts = false;
        options.Telemetry = false;
        options.Agent = new ScalarAgentOptions { Disabled = true };
        options.Mcp = new ScalarMcpOptions { Disabled = true };

        // The options keep the page from asking other hosts, and its readers enter a key in it, so the browser enforces the same. Its styles are made as it runs.
        context.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self' 'nonce-{options.Nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
    }).AllowAnonymous();
}
