using System.Reflection;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Documentation;

/// <summary>Says what the document is about, and how a request shows its key.</summary>
internal sealed class DocumentTransformer : IOpenApiDocumentTransformer
{
    /// <summary>The key in a header.</summary>
    public const string KeyScheme = "key";

    /// <summary>The key in the query.</summary>
    public const string CodeScheme = "code";

    private const string Description = """
        AlertFunctions keeps track of which alerts are outstanding on which computers and mails the right people once.

        Bodies are JSON in UTF-8, times are RFC 3339. Unknown fields and query parameters are refused by name. A request's body may have 1 MiB, and may be sent with `Content-Encoding: gzip`.
        An error is `application/problem+json` whatever the request accepts: `title` says what to do, `code` stays the same. `HEAD` works wherever `GET` does.

        A list gives `continuation` while there is more: repeat the request with it.
        """;

    private static readonly string Version = typeof(DocumentTransformer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <inheritdoc/>
    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo { Title = "AlertFunctions", Version = Version, Description = Description, License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" } };
        document.Servers = [new OpenApiServer { Url = "/" }]; // whatever address the document was read from
        document.Tags = Tags.All.Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }).ToHashSet();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [KeyScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "x-functions-key", Description = "A key of the function app, or one of `Keys__…` of the standalone host." },
            [CodeScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Query, Name = Http.QueryNames.Key, Description = "The same key, for those who cannot send a header." },
        };
        return Task.CompletedTask;
    }
}
