using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AlertFunctions.Standalone;

/// <summary>A key that came as <c>?code=</c>.</summary>
internal sealed record KeyInQuery(string Key);

/// <summary>
/// Takes the key out of a request's query before anything else sees the request. The first line that ASP.NET Core logs of a request holds its query, and
/// no filter of that log would hold against every configuration.
/// </summary>
internal sealed class KeyTakingServer(IServer server) : IServer
{
    private const string Parameter = "code";

    public IFeatureCollection Features => server.Features;

    /// <summary>Puts it around the server that is registered.</summary>
    public static void Wrap(IServiceCollection services)
    {
        Type server = services.Last(service => service.ServiceType == typeof(IServer)).ImplementationType!;
        services.Replace(ServiceDescriptor.Singleton<IServer>(provider => new KeyTakingServer((IServer)ActivatorUtilities.CreateInstance(provider, server))));
    }

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => server.StartAsync(new Application<TContext>(application), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => server.StopAsync(cancellationToken);

    public void Dispose() => server.Dispose();

    private static void TakeKey(IFeatureCollection features)
    {
        IHttpRequestFeature request = features.GetRequiredFeature<IHttpRequestFeature>();
        string? key = null;
        var others = new List<string>();
        foreach (QueryStringEnumerable.EncodedNameValuePair parameter in new QueryStringEnumerable(request.QueryString))
        {
            if (parameter.DecodeName().Span.Equals(Parameter, StringComparison.OrdinalIgnoreCase))
            {
                key ??= parameter.DecodeValue().ToString();
            }
            else
            {
                others.Add($"{parameter.EncodedName}={parameter.EncodedValue}");
            }
        }

        if (key is null)
        {
            return;
        }

        features.Set(new KeyInQuery(key));
        request.QueryString = others.Count == 0 ? "" : $"?{string.Join('&', others)}";
        request.RawTarget = $"{request.RawTarget.Split('?')[0]}{request.QueryString}";
    }

    private sealed class Application<TContext>(IHttpApplication<TContext> application) : IHttpApplication<TContext>
        where TContext : notnull
    {
        public TContext CreateContext(IFeatureCollection contextFeatures)
        {
            TakeKey(contextFeatures);
            return application.CreateContext(contextFeatures);
        }

        public Task ProcessRequestAsync(TContext context) => application.ProcessRequestAsync(context);

        public void DisposeContext(TContext context, Exception? exception) => application.DisposeContext(context, exception);
    }
}
