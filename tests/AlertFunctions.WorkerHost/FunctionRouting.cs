using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace AlertFunctions.WorkerHost;

/// <summary>Which function gets a request, decided by ASP.NET Core's own routing, put together as the Functions host and the worker each do it.</summary>
internal static class FunctionRouting
{
    /// <summary>The order in which the Functions host tries routes today: that of the functions' names.</summary>
    public static IEnumerable<DeclaredFunction> HostOrder => DeclaredFunction.All.Where(function => function.Http is not null);

    /// <summary>What the Functions host decides: the first route that fits. The keys it asks for are those of that function.</summary>
    public static async Task<DeclaredFunction?> OfHostAsync(string method, string path, IEnumerable<DeclaredFunction> order)
    {
        await using ServiceProvider services = NewServices();
        var constraints = services.GetRequiredService<IInlineConstraintResolver>();
        DeclaredFunction? found = null;
        var routes = new RouteCollection();
        foreach (DeclaredFunction function in order)
        {
            var handler = new RouteHandler(_ =>
            {
                found = function;
                return Task.CompletedTask;
            });
            var methods = new HttpMethodRouteConstraint(function.Http!.Methods!);
            routes.Add(new Route(handler, function.Name, function.Http.Route!, defaults: null, new Dictionary<string, object>(StringComparer.Ordinal) { ["httpMethod"] = methods }, dataTokens: null, constraints));
        }

        DefaultHttpContext context = NewContext(services, method, path);
        var routing = new RouteContext(context);
        await routes.RouteAsync(routing);
        if (routing.Handler is not null)
        {
            await routing.Handler(context);
        }

        return found;
    }

    /// <summary>What the worker's routing decides once the Functions host has sent the request on.</summary>
    public static async Task<string?> OfWorkerAsync(string method, string path)
    {
        await using ServiceProvider services = NewServices();
        string? found = null;
        var app = new ApplicationBuilder(services);
        app.UseRouting();
        app.UseEndpoints(endpoints => endpoints.DataSources.Add(new DefaultEndpointDataSource(HostOrder.Select(function => EndpointOf(function, name => found = name)))));
        app.Run(_ => Task.CompletedTask);
        await app.Build()(NewContext(services, method, path));
        return found;
    }

    private static Endpoint EndpointOf(DeclaredFunction function, Action<string> invoke)
    {
        var endpoint = new RouteEndpointBuilder(
            _ =>
            {
                invoke(function.Name);
                return Task.CompletedTask;
            },
            RoutePatternFactory.Parse($"/{function.Http!.Route}"),
            order: 0);
        endpoint.Metadata.Add(new HttpMethodMetadata(function.Http.Methods!));
        return endpoint.Build();
    }

    private static ServiceProvider NewServices()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddRouting();
        services.AddMetrics();
        services.AddSingleton(new System.Diagnostics.DiagnosticListener("Microsoft.AspNetCore"));
        return services.BuildServiceProvider();
    }

    private static DefaultHttpContext NewContext(IServiceProvider services, string method, string path)
    {
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.Method = method;
        context.Request.Path = path;
        return context;
    }
}
