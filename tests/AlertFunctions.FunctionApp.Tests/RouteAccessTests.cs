using AlertFunctions.Testing;
using AlertFunctions.WorkerHost;
using Microsoft.Azure.Functions.Worker;

namespace AlertFunctions.FunctionApp.Tests;

/// <summary>Which keys the Functions host asks for, route by route: those of the function that gets the request, compared with what the documentation promises.</summary>
public sealed class RouteAccessTests(AzuriteServer azurite)
{
    private const string NoKey = "no key";
    private const string HostKey = "a host key";

    private static readonly string[] s_all = [NoKey, .. DeclaredFunction.All.Where(function => function.Http is not null).Select(function => function.Name), HostKey];

    [Fact]
    public async Task Every_route_of_the_contract_lets_in_the_key_of_its_function_and_a_host_key_and_no_others()
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        IReadOnlyList<HostRoute> routes = app.Routes;

        Assert.Superset(new HashSet<HostRoute> { new("POST", "/api/events"), new("HEAD", "/api/users/ops"), new("PATCH", "/api/users/ops"), new("GET", "/openapi/v1.json") }, routes.ToHashSet());
        foreach (HostRoute route in routes)
        {
            DeclaredFunction function = Assert.IsType<DeclaredFunction>(await FunctionRouting.OfHostAsync(route.Method, route.Path, FunctionRouting.HostOrder));
            Assert.Equal((route, Promised(route)), (route, string.Join(", ", s_all.Where(key => LetsIn(function, key)))));
        }
    }

    [Theory]
    [InlineData("/", "Console")]
    [InlineData("/app.js", "Console")]
    [InlineData("/styles/tokens.css", "Console")]
    [InlineData("/api/health", "Health")]
    public async Task What_holds_nothing_secret_needs_no_key(string path, string name)
    {
        DeclaredFunction? function = await FunctionRouting.OfHostAsync("GET", path, FunctionRouting.HostOrder);

        Assert.Equal((name, AuthorizationLevel.Anonymous), (function!.Name, function.Http!.AuthLevel));
    }

    private static string Promised(HostRoute route) => string.Join(", ", AccessRules.Of(route.Method, route.Path) switch
    {
        Access.Events => ["RecordEvents", HostKey],
        Access.Read => ["Read", HostKey],
        Access.Manage => ["Api", HostKey],
        _ => s_all,
    });

    /// <summary>What Azure documents of its authorization levels.</summary>
    private static bool LetsIn(DeclaredFunction function, string key) => function.Http!.AuthLevel switch
    {
        AuthorizationLevel.Anonymous => true,
        AuthorizationLevel.Function => key == function.Name || key == HostKey,
        _ => false,
    };
}
