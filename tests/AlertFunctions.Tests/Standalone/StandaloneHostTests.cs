using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using AlertFunctions.Standalone;
using AlertFunctions.Testing;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Tests.Standalone;

/// <summary>The host for those who have no Functions host: where it listens, whom it lets in, its queue and its timers.</summary>
public sealed class StandaloneHostTests(AzuriteServer azurite) : IAsyncLifetime
{
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(20);

    private Installation _installation = null!;
    private StorageFaults _storage = null!;
    private WebApplication? _app;
    private HttpClient? _http;

    private string Address => _app!.Urls.First();

    public async ValueTask InitializeAsync() => _installation = await Installation.CreateAsync(azurite);

    public async ValueTask DisposeAsync()
    {
        _storage?.Heal();
        _http?.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        await _installation.DisposeAsync();
    }

    [Theory]
    [InlineData("urls", "http://0.0.0.0:0")]
    [InlineData("urls", "http://127.0.0.1:0;http://*:0")]
    [InlineData("http_ports", "8080")]
    [InlineData("Kestrel:Endpoints:Http:Url", "http://+:0")]
    public void Without_keys_it_does_not_start_where_others_can_reach_it(string key, string value)
    {
        var exception = Assert.Throws<SettingsException>(() => StandaloneHost.Build(Builder((key, value))));

        Assert.Contains("Keys__Manage", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Development", "ja-JP", MailCulture.Ja)]
    [InlineData("Development", "en-GB", MailCulture.En)]
    [InlineData("Production", "en-GB", MailCulture.Ja)]
    public async Task The_language_of_a_host_that_names_none_is_the_developer_s_in_development_alone(string environment, string ofMachine, MailCulture expected)
    {
        CultureInfo.CurrentUICulture = new CultureInfo(ofMachine); // of this test alone: a culture follows the flow of its caller
        WebApplicationBuilder builder = Builder();
        builder.Environment.EnvironmentName = environment;

        await using WebApplication app = StandaloneHost.Build(builder);

        Assert.Equal(expected, app.Services.GetRequiredService<MailSettings>().Culture);
    }

    [Theory]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("GET", "/api/nothing", 404)]
    [InlineData("GET", "/admin/functions/nothing", 405)]
    [InlineData("POST", "/admin/functions/nothing", 404)]
    [InlineData("DELETE", "/api/alerts", 405)]
    [InlineData("GET", "/api/users/nobody", 404)]
    public async Task What_is_not_there_is_a_problem_whatever_is_accepted(string method, string path, int status)
    {
        await StartAsync(("Keys:Manage", "manage-key"));
        foreach (string accept in (string[])["text/csv", "text/html", "text/plain", "image/*"])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { { "Accept", accept }, { "x-functions-key", "manage-key" } } };
            using HttpResponseMessage answer = await _http!.SendAsync(request);

            Assert.Equal((status, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        }
    }

    [Fact]
    public async Task A_step_of_a_test_mail_arrives_while_the_server_is_thinking_about_the_next()
    {
        await StartAsync(realTime: true);
        SmtpRule thinks = _installation.Smtp.On(SmtpStep.Recipient).Stall();
        using HttpResponseMessage answer = await OpenMailTestAsync();
        await using IAsyncEnumerator<SseItem<string>> events = SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();
        await thinks.Reached;

        foreach (string step in (string[])["resolve", "connect", "greeting", "sender"])
        {
            Assert.True(await events.MoveNextAsync());
            Assert.Equal(step, (string)JsonNode.Parse(events.Current.Data)!["step"]!);
        }

        Assert.Equal(1, _installation.Smtp.OpenConnections); // it still thinks
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_the_test()
    {
        await StartAsync(realTime: true);
        SmtpRule thinks = _installation.Smtp.On(SmtpStep.Recipient).Stall();
        using (await OpenMailTestAsync())
        {
            await thinks.Reached;
        }

        await _installation.Smtp.WaitUntilAsync(() => _installation.Smtp.OpenConnections == 0, TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("http://0.0.0.0:0", "secret")]
    [InlineData("http://localhost:7072", null)]
    [InlineData("http://127.0.0.1:0", null)]
    [InlineData("http://[::1]:0", null)]
    public async Task With_keys_it_listens_anywhere_and_without_on_loopback(string urls, string? key)
    {
        await using WebApplication app = StandaloneHost.Build(Builder(("urls", urls), ("Keys:Manage", key)));
    }

    [Fact]
    public async Task Without_an_address_it_listens_on_localhost_7071()
    {
        await using WebApplication app = StandaloneHost.Build(Builder());

        Assert.Equal("http://localhost:7071", app.Configuration["urls"]);
    }

    [Theory]
    [InlineData(null, "A key is needed in the header x-functions-key (or in ?code=).")]
    [InlineData("wrong", "A key is needed in the header x-functions-key (or in ?code=).")]
    [InlineData("event-key", "This key may only post events.")]
    [InlineData("read-key", "This key may only read.")]
    [InlineData("both", "This key may only post events and read.")]
    public async Task A_refusal_says_whether_a_key_is_missing_or_not_enough(string? key, string title)
    {
        await StartAsync(("Keys:Events", "event-key,both"), ("Keys:Read", "read-key,both"), ("Keys:Manage", "manage-key"));

        HttpResponseMessage answer = await SendAsync("POST", "/api/mail/redrive", key);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(title, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["title"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("Keys:Events", ",")]
    [InlineData("Keys:Read", " , ,")]
    [InlineData("Keys:Manage", ",")]
    public void A_comma_is_no_key_and_no_reason_to_start_without_keys(string key, string value)
    {
        var exception = Assert.Throws<SettingsException>(() => StandaloneHost.Build(Builder(("urls", "http://127.0.0.1:0"), (key, value))));

        Assert.StartsWith(key.Replace(":", "__", StringComparison.Ordinal) + " holds commas but no key", Assert.Single(exception.Faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/api/alerts", "manage-key")]
    [InlineData("GET", "/api/alerts", null)]
    [InlineData("GET", "/api/nothing", "manage-key")]
    [InlineData("DELETE", "/api/alerts", "manage-key")]
    [InlineData("GET", "/api/health", null)]
    public async Task No_cache_keeps_an_answer_of_the_API(string method, string path, string? key)
    {
        await StartAsync(("Keys:Manage", "manage-key"));

        Assert.Equal("no-store", $"{(await SendAsync(method, path, key)).Headers.CacheControl}");
    }

    [Theory]
    [InlineData("POST", "/api/mail/redrive", "Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("POST", "/admin/functions/RunScheduledTasks", "Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("POST", "/admin/functions/RunScheduledTasks", "Origin", "https://evil.example", 403)]
    [InlineData("POST", "/admin/functions/RunScheduledTasks", "Origin", "null", 403)]
    [InlineData("POST", "/admin/functions/RunScheduledTasks", "Origin", "http://127.0.0.1:1", 403)]
    [InlineData("GET", "/api/alerts", "Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("GET", "/api/health", "Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("GET", "/", "Sec-Fetch-Site", "cross-site", 200)] // a link in a mail
    [InlineData("GET", "/api/alerts", "Sec-Fetch-Site", "same-origin", 200)]
    [InlineData("POST", "/admin/functions/RunScheduledTasks", "Origin", null, 202)] // its own page
    public async Task Without_keys_no_page_of_another_site_is_answered(string method, string path, string header, string? value, int status)
    {
        await StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add(header, value ?? Address);

        HttpResponseMessage answer = await _http!.SendAsync(request);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 403, answer.Content.Headers.ContentType?.MediaType == "application/problem+json");
    }

    [Theory]
    [InlineData("/docs/", 200)]
    [InlineData("/openapi/v1.json", 200)]
    [InlineData("/metrics", 200)]
    [InlineData("/admin/functions/RunScheduledTasks", 405)]
    public async Task What_is_outside_the_API_refuses_a_query_parameter_that_it_does_not_know_too(string path, int status)
    {
        await StartAsync();

        HttpResponseMessage refused = await _http!.GetAsync($"{path}?recieve=1");

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("\"recieve\":[\"is not known; this address accepts no query parameters.\"]", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(status, (int)(await _http.GetAsync(path)).StatusCode);
        Assert.Equal(status, (int)(await _http.GetAsync($"{path}?code=key")).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("stale-unquoted")]
    public async Task A_change_under_a_version_that_cannot_be_read_is_refused_over_a_connection_too(string version)
    {
        await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Put, "/api/users/hanako") { Content = JsonContent.Create(new { culture = "ja" }) };
        request.Headers.TryAddWithoutValidation("If-Match", version);

        Assert.Equal(HttpStatusCode.BadRequest, (await _http!.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task With_keys_a_page_of_another_site_may_ask()
    {
        await StartAsync(("Keys:Manage", "manage-key"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/alerts") { Headers = { { "Origin", "https://intranet.example" }, { "Sec-Fetch-Site", "cross-site" }, { "x-functions-key", "manage-key" } } };

        Assert.Equal(HttpStatusCode.OK, (await _http!.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData(null, "foreignHost")]
    [InlineData("alerts.example.com", "badRequest")]
    public async Task A_foreign_host_is_refused_in_problem_details(string? allowedHosts, string code)
    {
        await StartAsync(("AllowedHosts", allowedHosts), ("Keys:Manage", allowedHosts is null ? null : "manage-key"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/alerts") { Headers = { Host = "evil.example" } };

        HttpResponseMessage answer = await _http!.SendAsync(request);

        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!.GetValue<string>()));
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("zz\r\n{}\r\n0\r\n\r\n")]
    [InlineData("2\r\n{}and more\r\n0\r\n\r\n")]
    [InlineData("FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n")]
    public async Task A_broken_chunk_is_the_senders_fault(string body)
    {
        var log = new TestLog();
        await StartAsync(log);

        string answer = await SendRawAsync($"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{body}");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"brokenBody\"", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_client_that_goes_before_its_error_answer_adds_nothing_to_the_log()
    {
        var log = new TestLog();
        await StartAsync(log, map: routes => routes.MapGet("/api/failing", async context =>
        {
            var gone = new TaskCompletionSource();
            context.RequestAborted.Register(gone.SetResult);
            context.Abort();
            await gone.Task;
            throw new InvalidOperationException("found out too late");
        }).AllowAnonymous());

        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync("GET", "/api/failing"));

        await _app!.StopAsync();
        Assert.Equal(302, Assert.Single(log.Entries, entry => entry.Level >= LogLevel.Warning).EventId.Id);
    }

    /// <summary>Routing refuses a content type before a route is chosen.</summary>
    [Theory]
    [InlineData(null, 401)]
    [InlineData("event-key", 415)]
    [InlineData("manage-key", 415)]
    public async Task A_wrong_content_type_is_told_to_those_who_may_post_events(string? key, int status)
    {
        await StartAsync(("Keys:Events", "event-key"), ("Keys:Manage", "manage-key"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/events") { Content = new StringContent("<event/>", Encoding.UTF8, "application/xml") };
        request.Headers.Add("x-functions-key", key);

        Assert.Equal(status, (int)(await _http!.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task The_OpenAPI_document_asks_for_a_key_where_the_host_does()
    {
        await StartAsync(("Keys:Manage", "manage-key"));
        JsonNode document = JsonNode.Parse(await _http!.GetStringAsync("/openapi/v1.json"))!;

        foreach ((string path, JsonNode? methods) in document["paths"]!.AsObject())
        {
            foreach ((string method, JsonNode? operation) in methods!.AsObject())
            {
                HttpResponseMessage answer = await SendAsync(method.ToUpperInvariant(), path.Replace("{name}", "ops", StringComparison.Ordinal));
                Assert.Equal((path, answer.StatusCode == HttpStatusCode.Unauthorized), (path, operation!["security"]!.AsArray().Count > 0));
            }
        }
    }

    [Theory]
    [InlineData("/api/forgotten")]
    [InlineData("/forgotten")]
    public async Task A_route_without_an_access_policy_is_closed_to_every_key(string path)
    {
        await StartAsync(new TestLog(), map: routes => routes.MapGet(path, () => "open"), settings: [("Keys:Events", "event-key"), ("Keys:Manage", "manage-key")]);

        foreach (string? key in (string?[])[null, "wrong", "event-key", "manage-key"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync("GET", path, key)).StatusCode);
        }
    }

    [Fact]
    public async Task A_route_without_an_access_policy_is_closed_even_where_no_key_is_asked_for()
    {
        await StartAsync(new TestLog(), map: routes => routes.MapGet("/api/forgotten", () => "open"));

        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync("GET", "/api/forgotten")).StatusCode);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/html")]
    public async Task An_unexpected_error_is_logged_once_with_the_traceId_of_its_answer(string accept)
    {
        var log = new TestLog();
        await StartAsync(log, map: routes => routes.MapGet("/api/failing", string () => throw new InvalidOperationException("secret")).AllowAnonymous());
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/failing");
        request.Headers.Add("Accept", accept);

        HttpResponseMessage answer = await _http!.SendAsync(request);

        string body = await answer.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.InternalServerError, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.StartsWith("Unexpected error; search the log for this traceId.", JsonNode.Parse(body)!["title"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        LogEntry entry = Assert.Single(log.Entries, entry => entry.Exception is InvalidOperationException);
        Assert.Equal(LogLevel.Error, entry.Level);
        Assert.Contains(JsonNode.Parse(body)!["traceId"]!.GetValue<string>(), entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_keys_no_page_reaches_it_under_a_name_of_its_own()
    {
        await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/alerts") { Headers = { Host = "evil.example" } };

        Assert.Equal(HttpStatusCode.BadRequest, (await _http!.SendAsync(request)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", "/api/alerts")).StatusCode);
    }

    [Fact]
    public async Task An_event_becomes_a_mail_by_the_hosts_own_queue_loop()
    {
        await StartAsync(realTime: true);

        using var body = new StringContent("""{"computer":"端末A","alert":"Eicar"}""", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.OK, (await _http!.PostAsync(new Uri("/api/events", UriKind.Relative), body)).StatusCode);

        Assert.Equal("ops@example.com", Assert.Single(await _installation.Smtp.WaitForAcceptedAsync(1)).Recipient);
    }

    [Fact]
    public async Task A_mail_waits_for_no_pause_between_two_looks_at_the_queue()
    {
        await StartAsync();
        await _installation.Clock.WaitForPauseAsync(TimeSpan.FromMilliseconds(200)); // the second pause, and the clock stands still

        using var body = new StringContent("""{"computer":"端末A","alert":"Eicar"}""", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.OK, (await _http!.PostAsync(new Uri("/api/events", UriKind.Relative), body)).StatusCode);

        await _installation.Smtp.WaitForAcceptedAsync(1);
    }

    [Fact]
    public async Task A_message_that_was_taken_five_times_is_poison_and_the_timer_records_it_as_199()
    {
        StorageClients clients = Clients();
        await clients.OutgoingMail.SendMessageAsync("send|0|0");
        for (int time = 0; time < 5; time++)
        {
            QueueMessage taken = await clients.OutgoingMail.ReceiveMessageAsync();
            await clients.OutgoingMail.UpdateMessageAsync(taken.MessageId, taken.PopReceipt, visibilityTimeout: TimeSpan.Zero);
        }

        await StartAsync();

        await _storage.WaitUntilAsync(() => _storage.Calls.Any(call => call is { Method: "DELETE", Service: StorageService.Queue, Status: not null }));
        Assert.Equal("send|0|0", (await clients.PoisonMail.PeekMessageAsync()).Value.Body.ToString());
        await SendAsync("POST", "/admin/functions/RunScheduledTasks");
        await _storage.WaitUntilAsync(() => _storage.Calls.Any(call => call.Method == "DELETE" && call.Label.Contains("poison", StringComparison.Ordinal) && call.Status is not null));
        JsonNode events = JsonNode.Parse(await (await SendAsync("GET", "/api/system-events?id=199")).Content.ReadAsStringAsync())!;
        Assert.Single(events["items"]!.AsArray());
    }

    [Fact]
    public async Task Messages_that_are_not_Base64_are_recorded_as_199_and_deleted_and_the_others_are_handled()
    {
        await RawQueue("outgoing-mail").SendMessageAsync("?!? not ours");
        await Clients().OutgoingMail.SendMessageAsync("also none of ours");
        await RawQueue("outgoing-mail-poison").SendMessageAsync("<xml>nor this</xml>");
        await StartAsync();

        await _storage.WaitUntilAsync(() => _storage.Calls.Count(call => call is { Method: "DELETE", Service: StorageService.Queue, Status: 204 }) == 3);
        JsonNode events = JsonNode.Parse(await (await SendAsync("GET", "/api/system-events?id=199&culture=en")).Content.ReadAsStringAsync())!;
        string[] told = [.. events["items"]!.AsArray().Select(item => item!["description"]!.GetValue<string>())];
        Assert.Equal(3, told.Length);
        Assert.All((string[])["?!? not ours", "also none of ours", "<xml>nor this</xml>"], text => Assert.Contains(told, description => description.Contains(text, StringComparison.Ordinal)));
        Assert.Equal(0, (await RawQueue("outgoing-mail").GetPropertiesAsync()).Value.ApproximateMessagesCount);
        Assert.Equal(0, (await RawQueue("outgoing-mail-poison").GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, "InvalidAuthenticationInfo")]
    [InlineData(HttpStatusCode.BadRequest, "InvalidHeaderValue")]
    public async Task Storage_that_refuses_for_a_while_ends_no_loop_and_is_said_once(HttpStatusCode status, string errorCode)
    {
        var log = new TestLog();
        Storage().When(_ => true).Fail(status, errorCode);
        await StartAsync(log: log);
        for (int pause = 5; pause <= 20; pause *= 2)
        {
            await _installation.Clock.WaitForPauseAsync(TimeSpan.FromSeconds(pause), count: 2); // the queue's and the hour's
            _installation.Clock.Advance(TimeSpan.FromSeconds(pause));
        }

        await _installation.Clock.WaitForPauseAsync(TimeSpan.FromSeconds(40), count: 2);
        Assert.Equal(2, log.Entries.Count(entry => entry.EventId.Id == 401));
        _storage.Heal();
        _installation.Clock.Advance(TimeSpan.FromSeconds(40));
        await _installation.Clock.WaitForPauseAsync(TimeSpan.FromMilliseconds(200));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", "/api/alerts")).StatusCode);
    }

    [Fact]
    public async Task An_identity_that_gets_no_token_ends_no_loop_and_requests_are_answered_503()
    {
        var log = new TestLog();
        await StartAsync(log, storage: WithoutToken());
        await _installation.Clock.WaitForPauseAsync(TimeSpan.FromSeconds(5), count: 2);
        _installation.Clock.Advance(TimeSpan.FromSeconds(5));
        await _installation.Clock.WaitForPauseAsync(TimeSpan.FromSeconds(10), count: 2);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync("GET", "/api/alerts")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync("GET", "/api/health")).StatusCode);
        Assert.All(log.Entries, entry => Assert.Null(entry.Exception));
    }

    [Fact]
    public async Task A_host_that_ends_because_a_part_failed_says_so_and_does_not_exit_with_0()
    {
        WebApplicationBuilder builder = Builder(("urls", "http://127.0.0.1:0"));
        builder.Services.AddHostedService<FailingPart>();
        builder.Services.AddSingleton(WithoutToken());
        await using WebApplication app = StandaloneHost.Build(builder);
        using var error = new StringWriter();

        await app.StartAsync();
        Assert.Equal(1, await StandaloneHost.WaitUntilStoppedAsync(app, error));
        Assert.Contains("a part that failed", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_somebody_stops_exits_with_0()
    {
        await StartAsync();
        using var error = new StringWriter();
        Task<int> running = StandaloneHost.WaitUntilStoppedAsync(_app!, error);
        await _app!.StopAsync();
        Assert.Equal(0, await running);
        Assert.Empty(error.ToString());
    }

    [Fact]
    public async Task A_message_whose_deletion_lost_its_answer_is_no_failure()
    {
        var log = new TestLog();
        Storage().When(IsDeletionOfMessage).Once().LoseResponse();
        await Clients().OutgoingMail.SendMessageAsync("send|0|0");
        await StartAsync(log);

        await _storage.WaitUntilAsync(() => _storage.Calls.Any(call => IsDeletionOfMessage(call) && call.Status == 404));
        await _app!.StopAsync();

        Assert.DoesNotContain(log.Entries, entry => entry.EventId.Id is 412 or 413);
    }

    [Fact]
    public async Task A_message_that_cannot_be_deleted_was_handled_all_the_same()
    {
        var log = new TestLog();
        Storage().When(IsDeletionOfMessage).Fail(HttpStatusCode.Forbidden, "AuthorizationFailure");
        await Clients().OutgoingMail.SendMessageAsync("send|0|0");
        await StartAsync(log);

        await log.WaitForAsync(413);
        await _app!.StopAsync();

        Assert.DoesNotContain(log.Entries, entry => entry.EventId.Id == 412);
    }

    [Fact]
    public async Task A_message_stays_invisible_while_it_is_worked_on()
    {
        StorageFaults storage = Storage();
        Testing.StorageFault work = storage.When(call => call.Label == "GET Work()" && call.Uri.Query.Contains("outbox", StringComparison.Ordinal)).Hold();
        await Clients().OutgoingMail.SendMessageAsync("compose|Slow");
        await StartAsync();
        await work.Reached.WaitAsync(ChangeSignal.DefaultTimeout);

        await _installation.Clock.WaitForPauseAsync(s_renewal);
        _installation.Clock.Advance(s_renewal);

        await storage.WaitUntilAsync(() => storage.Calls.Any(call => call is { Method: "PUT", Service: StorageService.Queue, Status: 204 }));
    }

    [Fact]
    public async Task A_timer_function_that_is_wanted_while_it_runs_runs_once_more_after_it()
    {
        var log = new TestLog();
        StorageFaults storage = Storage();
        Testing.StorageFault first = storage.When(call => call.Label == "GET Work()" && call.Uri.Query.Contains("outbox", StringComparison.Ordinal)).Hold();
        await StartAsync(log: log);
        await first.Reached.WaitAsync(ChangeSignal.DefaultTimeout);

        for (int time = 0; time < 3; time++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await SendAsync("POST", "/admin/functions/RedriveFailedMail")).StatusCode);
        }

        Assert.Equal(0, Runs());
        storage.Heal();
        await _installation.Clock.WaitForPauseAsync(TimeSpan.FromHours(1), count: 2);

        Assert.Equal(2, Runs());
        int Runs() => log.Entries.Count(entry => entry.EventId.Name == "RedriveRan");
    }

    [Theory]
    [InlineData("POST", "/admin/functions/Unknown", 404)]
    [InlineData("POST", "/admin/host/keys", 404)]
    [InlineData("GET", "/admin/functions/RunScheduledTasks", 405)]
    public async Task What_the_administration_does_not_know_is_said_so(string method, string path, int status)
    {
        await StartAsync();

        HttpResponseMessage answer = await SendAsync(method, path);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, string method, string path, string? key)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (key is not null)
        {
            request.Headers.Add("x-functions-key", key);
        }

        return await http.SendAsync(request);
    }

    private Task<HttpResponseMessage> SendAsync(string method, string path, string? key = null) => SendAsync(_http!, method, path, key);

    /// <summary>Sends a request as it is, a byte for each character, and reads until the host closes the connection.</summary>
    private async Task<string> SendRawAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(Address).Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private static bool IsDeletionOfMessage(StorageCall call) => call is { Method: "DELETE", Service: StorageService.Queue };

    private StorageFaults Storage() => _storage ??= new StorageFaults(_installation.Clock, _installation.NamePrefix);

    private StorageClients Clients() => new(new(_installation.Settings["AzureWebJobsStorage"]), new DefaultAzureCredential(), _installation.Clock, _installation.NamePrefix);

    /// <summary>A queue as a stranger writes to it: text as it is.</summary>
    private QueueClient RawQueue(string name) => new(_installation.Settings["AzureWebJobsStorage"], $"{_installation.NamePrefix}{name}", new QueueClientOptions(QueueClientOptions.ServiceVersion.V2024_11_04));

    /// <summary>An account whose identity gets no token.</summary>
    private StorageClients WithoutToken() => new(
        new StorageSettings(null, new Uri("https://table.example"), new Uri("https://queue.example"), new Uri("https://blob.example")), new NoToken(), _installation.Clock, retries: StorageFaults.Retries);

    private WebApplicationBuilder Builder(params (string Key, string? Value)[] settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection(_installation.Settings);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        builder.Logging.ClearProviders();
        return builder;
    }

    private async Task StartAsync(params (string Key, string? Value)[] settings) => await StartAsync(new TestLog(), settings: settings);

    private async Task StartAsync(bool realTime) => await StartAsync(new TestLog(), realTime);

    private async Task StartAsync(TestLog log, bool realTime = false, StorageClients? storage = null, Action<WebApplication>? map = null, params (string Key, string? Value)[] settings)
    {
        WebApplicationBuilder builder = Builder([("urls", "http://127.0.0.1:0"), .. settings]);
        builder.Logging.AddProvider(log);
        TimeProvider clock = realTime ? TimeProvider.System : _installation.Clock;
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(storage ?? new StorageClients(new(_installation.Settings["AzureWebJobsStorage"]), new DefaultAzureCredential(), clock, _installation.NamePrefix, Storage().Transport, StorageFaults.Retries));
        _app = StandaloneHost.Build(builder);
        map?.Invoke(_app);
        await _app.StartAsync();
        _http = new HttpClient(new ContractHandler()) { BaseAddress = new Uri(Address) };
    }

    private async Task<HttpResponseMessage> OpenMailTestAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/mail/test") { Headers = { { "Accept", "text/event-stream" } }, Content = JsonContent.Create(new { to = "someone@example.com" }) };
        return await _http!.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private sealed class NoToken : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new CredentialUnavailableException("No identity is assigned.");

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new CredentialUnavailableException("No identity is assigned.");
    }

    private sealed class FailingPart(IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using CancellationTokenRegistration whenStarted = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task;
            throw new InvalidOperationException("a part that failed");
        }
    }
}
