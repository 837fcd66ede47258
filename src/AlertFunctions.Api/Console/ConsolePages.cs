using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;

namespace AlertFunctions.Api.Console;

/// <summary>
/// The console: static files inside this assembly, so that both hosts serve the same. There is one page; which part of it is shown is in the address's
/// fragment, so every other address stays a 404 and no name of an alert or a computer reaches a server's log.
/// </summary>
internal static class ConsolePages
{
    /// <summary>
    /// Nothing from elsewhere runs in the page that holds the key, no other page may frame it, and no text becomes markup: the browser refuses every
    /// assignment of text to what would parse it.
    /// </summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    public static void UseConsolePages(this IApplicationBuilder app)
    {
        var files = new EmbeddedFileProvider(typeof(ConsolePages).Assembly, "AlertFunctions.Api.Console.assets");
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            OnPrepareResponse = context =>
            {
                IHeaderDictionary headers = context.Context.Response.Headers;
                headers.ContentSecurityPolicy = ContentSecurityPolicy;
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                headers.CacheControl = "no-cache";
            },
        });
    }
}
