using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;

namespace AlertFunctions.Api.Console;

/// <summary>The console's page: static files inside this assembly, so that both hosts serve the same.</summary>
internal static class ConsolePages
{
    public static void UseConsolePages(this IApplicationBuilder app)
    {
        var files = new EmbeddedFileProvider(typeof(ConsolePages).Assembly, "AlertFunctions.Api.Console.assets");
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            OnPrepareResponse = context =>
            {
                // Nothing from elsewhere runs in the page that holds the key, and no other page may frame it.
                IHeaderDictionary headers = context.Context.Response.Headers;
                headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                headers.CacheControl = "no-cache";
            },
        });
    }
}
