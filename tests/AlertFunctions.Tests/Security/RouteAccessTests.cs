using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Standalone;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Tests.Security;

/// <summary>Every route of the standalone host with every key, each answer compared with what the documentation promises.</summary>
public sealed class RouteAccessTests(AzuriteServer azurite) : IAsyncLifetime
{
    private static readonly string[] s_methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"];

    private static readonly Key s_none = new(null);
    private static readonly Key s_wrong = new("wrong-key");
    private static readonly Key s_events = new("events-key", Access.Events);
    private static readonly Key s_read = new("read-key", Access.Read);
    private static readonly Key s_manage = new("manage-key", Access.Events, Access.Read, Access.Manage);
    private static readonly Key[] s_keys = [s_none, s_wrong, s_events, new("second-events-key", Access.Events), s_read, new("both-key", Access.Events, Access.Read), s_manage];

    private static readonly (string, string?)[] s_settings = [("Keys:Events", "events-key, second-events-key,both-key"), ("Keys:Read", "read-key,both-key"), ("Keys:Manage", "manage-key")];

    private Installation _installation = null!;

    public async ValueTask InitializeAsync() => _installation = await Installation.CreateAsync(azurite);

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    [Fact]
    public async Task Every_route_lets_in_the_keys_of_its_role_in_the_header_and_in_the_query_and_no_others()
    {
        await using RunningHost host = await RunningHost.StartAsync(_installation, new TestLog(), settings: s_settings);
        IReadOnlyList<HostRoute> routes = RoutesOf(host);

        Assert.Superset(new HashSet<HostRoute> { new("POST", "/api/events"), new("HEAD", "/api/users/ops"), new("PATCH", "/api/users/ops"), new("POST", "/admin/ops"), new("GET", "/openapi/v1.json") }, routes.ToHashSet());
        foreach (Key key in s_keys)
        {
            await AssertAnswersAsync(host, routes, key, key.InHeader);
            await AssertAnswersAsync(host, routes, key, key.InQuery);
        }
    }

    [Fact]
    public async Task A_method_that_an_address_does_not_take_is_told_to_those_only_who_could_use_it_there()
    {
        await using RunningHost host = await RunningHost.StartAsync(_installation, new TestLog(), settings: s_settings);
        HostRoute[] routes = [.. from path in RoutesOf(host).Select(route => route.Path).Distinct(StringComparer.Ordinal) from method in s_methods select new HostRoute(method, path)];

        foreach (Key key in (Key[])[s_none, s_events, s_read, s_manage])
        {
            await AssertAnswersAsync(host, routes, key, key.InHeader);
        }
    }

    [Fact]
    public async Task No_other_spelling_of_an_address_lets_anybody_in()
    {
        await using RunningHost host = await RunningHost.StartAsync(_installation, new TestLog(), settings: s_settings);
        string[] paths = [.. RoutesOf(host).Where(route => route.Method == "GET" && AccessRules.Of("GET", route.Path) != Access.Anybody).Select(route => route.Path)];

        Assert.NotEmpty(paths);
        foreach (string path in paths)
        {
            foreach (string spelling in SpellingsOf(path))
            {
                foreach (Key key in (Key[])[s_none, s_wrong, s_events])
                {
                    // ASP.NET Core's own reading of an address decides: what it takes for the route needs the route's key, and the rest is not there.
                    HttpStatusCode status = await StatusAsync(host, "GET", spelling, key.InHeader);
                    Assert.True(status is HttpStatusCode.Unauthorized or HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"GET {spelling} with {key} is answered {status}.");
                }
            }
        }
    }

    [Theory]
    [InlineData("Keys:Events", Access.Events)]
    [InlineData("Keys:Read", Access.Read)]
    [InlineData("Keys:Manage", Access.Events, Access.Read, Access.Manage)]
    public async Task A_role_for_which_no_key_is_configured_is_nobodys(string setting, params Access[] opens)
    {
        await using RunningHost host = await RunningHost.StartAsync(_installation, new TestLog(), settings: [(setting, "the-only-key")]);
        IReadOnlyList<HostRoute> routes = RoutesOf(host);

        foreach (Key key in (Key[])[s_none, s_manage with { Opens = [] }, new Key("the-only-key", opens)])
        {
            await AssertAnswersAsync(host, routes, key, key.InHeader);
        }
    }

    [Fact]
    public async Task Without_any_key_configured_every_route_lets_everybody_on_this_machine_in()
    {
        await using RunningHost host = await RunningHost.StartAsync(_installation, new TestLog());

        await AssertAnswersAsync(host, RoutesOf(host), s_none with { Opens = s_manage.Opens }, s_none.InHeader);
    }

    [Theory]
    [InlineData("GET", "/api/nothing", null, 401)]
    [InlineData("GET", "/api/nothing", "events-key", 401)]
    [InlineData("GET", "/api/nothing", "read-key", 404)]
    [InlineData("POST", "/api/nothing", "read-key", 401)]
    [InlineData("POST", "/api/nothing", "manage-key", 404)]
    [InlineData("GET", "/admin/nothing", null, 401)]
    [InlineData("POST", "/admin/functions/RunScheduledTasks", "read-key", 401)]
    [InlineData("POST", "/admin/functions/RunScheduledTasks", "manage-key", 202)]
    [InlineData("POST", "/API/Events/", "events-key", 415)]
    [InlineData("GET", "/%61pi/alerts", "read-key", 200)]
    [InlineData("GET", "/nothing", null, 404)]
    [InlineData("GET", "/", null, 200)]
    [InlineData("GET", "/app.js", null, 200)]
    [InlineData("GET", "/styles/tokens.css", null, 200)]
    public async Task A_key_that_could_not_use_an_address_does_not_learn_whether_it_is_there(string method, string path, string? key, int status)
    {
        await using RunningHost host = await RunningHost.StartAsync(_installation, new TestLog(), settings: s_settings);

        Assert.Equal(status, (int)await StatusAsync(host, method, path, new Key(key).InHeader));
    }

    private static IReadOnlyList<HostRoute> RoutesOf(RunningHost host) => HostRoute.AllOf(host.Get<EndpointDataSource>(), s_methods);

    private static async Task AssertAnswersAsync(RunningHost host, IEnumerable<HostRoute> routes, Key key, Func<HttpRequestMessage, HttpRequestMessage> give)
    {
        var wrong = new List<string>();
        foreach (HostRoute route in routes)
        {
            using HttpResponseMessage answer = await SendAsync(host, route.Method, route.Path, give);
            Access needed = AccessRules.Of(route.Method, route.Path);
            bool open = needed == Access.Anybody || key.Opens.Contains(needed);
            string? code = answer.StatusCode != HttpStatusCode.Unauthorized ? null
                : route.Method == "HEAD" ? "" : (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"];
            string? expected = open ? null : route.Method == "HEAD" ? "" : key.Opens.Length == 0 ? "keyRequired" : "keyNotEnough";
            if (code != expected)
            {
                wrong.Add($"{route.Method} {route.Path} with {key}: {(int)answer.StatusCode} {code}");
            }
        }

        Assert.Empty(wrong);
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningHost host, string method, string path, Func<HttpRequestMessage, HttpRequestMessage> give)
    {
        using HttpResponseMessage answer = await SendAsync(host, method, path, give);
        return answer.StatusCode;
    }

    private static async Task<HttpResponseMessage> SendAsync(RunningHost host, string method, string path, Func<HttpRequestMessage, HttpRequestMessage> give)
    {
        // The client would tidy the address up.
        var address = new Uri($"{host.Address.GetLeftPart(UriPartial.Authority)}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using HttpRequestMessage request = give(new HttpRequestMessage(new HttpMethod(method), address));
        return await host.Http.SendAsync(request);
    }

    private static IEnumerable<string> SpellingsOf(string path) =>
    [
        path.ToUpperInvariant(), $"{path}/", $"{path}//", $"/{path}", $"/.{path}", $"/docs/..{path}", $"/docs/%2e%2e{path}", $"/app.js/..{path}", path.Replace("/api", "/%61pi", StringComparison.Ordinal),
        path.Replace("/api/", "/api//", StringComparison.Ordinal), path.Replace("/api/", "/api%2F", StringComparison.Ordinal), path.Replace("/api/", "/api\\", StringComparison.Ordinal), path.Replace("/api/", "/api/./", StringComparison.Ordinal),
        path.Replace("/api/", "/api;/", StringComparison.Ordinal), path.Replace("/api/", "/api%20/", StringComparison.Ordinal), path.Replace("/api/", "/api%00/", StringComparison.Ordinal), path.Replace("/api/", "/api/health/../", StringComparison.Ordinal),
        $"{path}%3F", $"{path}%23", $"{path};.js", $"{path}.js", $"{path}/health", $"{path}?/api/health", $"{path}?code=", $"{path}?code=%00",
    ];

    /// <summary>A key and what it may do.</summary>
    private sealed record Key(string? Text, params Access[] Opens)
    {
        public HttpRequestMessage InHeader(HttpRequestMessage request)
        {
            request.Headers.Add("x-functions-key", Text);
            return request;
        }

        public HttpRequestMessage InQuery(HttpRequestMessage request)
        {
            request.RequestUri = Text is null ? request.RequestUri : new Uri($"{request.RequestUri}?code={Text}");
            return request;
        }

        public override string ToString() => Text ?? "no key";
    }
}
