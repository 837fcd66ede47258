#if DEVELOPMENT_SERVICES
using AlertFunctions.Development;

namespace AlertFunctions.Standalone;

/// <summary>
/// The storage emulator and the inbox that <c>dotnet run</c> starts in the Development environment. This is the only file that knows
/// AlertFunctions.Development; a published host is compiled without either.
/// </summary>
internal sealed class DevelopmentTools : IAsyncDisposable
{
    private readonly DevelopmentServices? _services;

    private DevelopmentTools(DevelopmentServices? services) => _services = services;

    /// <summary>Where the inbox is read; null without an inbox.</summary>
    public Uri? InboxUrl => _services?.InboxUrl;

    /// <summary>Starts what the settings do not name, and adds the settings that lead the host to it.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="output">Told what is started.</param>
    /// <exception cref="StartupException">A tool could not be started.</exception>
    public static async Task<DevelopmentTools> StartAsync(WebApplicationBuilder builder, TextWriter output)
    {
        if (!builder.Environment.IsDevelopment())
        {
            return new DevelopmentTools(services: null);
        }

        try
        {
            DevelopmentServices services = await DevelopmentServices.StartAsync(builder.Configuration, output, CancellationToken.None);
            builder.Configuration.AddInMemoryCollection(services.Settings);
            return new DevelopmentTools(services);
        }
        catch (DevelopmentServicesException exception)
        {
            throw new StartupException(exception.Message, exception);
        }
    }

    /// <summary>Stops what was started.</summary>
    public ValueTask DisposeAsync() => _services?.DisposeAsync() ?? ValueTask.CompletedTask;
}
#else
namespace AlertFunctions.Standalone;

/// <summary>A published host has no development tools: storage and the SMTP server come from the settings.</summary>
internal sealed class DevelopmentTools : IAsyncDisposable
{
    /// <summary>There is no inbox.</summary>
    public Uri? InboxUrl { get; }

    /// <summary>Starts nothing.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="output">Told nothing.</param>
    public static Task<DevelopmentTools> StartAsync(WebApplicationBuilder builder, TextWriter output) => Task.FromResult(new DevelopmentTools());

    /// <summary>Stops nothing.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
#endif
