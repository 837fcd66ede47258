using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Telemetry;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Failures;

namespace AlertFunctions.Tests.Telemetry;

/// <summary>Each metric moves when what it counts happens, and then only.</summary>
public sealed class MetricsTests(AzuriteServer azurite) : FailureTests(azurite)
{
    private GaugeReader Gauges => new(Product.Get<QueuedMailReader>(), Product.Get<MailOutage>(), Product.Get<TimerRuns>(), Product.Get<ProductMetrics>(), Clock);

    [Fact]
    public async Task Events_are_counted_by_what_became_of_them_and_alerts_by_how_they_changed()
    {
        using var metrics = new MeterReader(Product);
        await Product.ReportAsync("web01", id: "1", time: "2026-11-24T01:00:00Z");
        await Product.ReportAsync("web01", id: "1", time: "2026-11-24T01:00:00Z");
        await Product.ReportAsync("web01", state: "cleared", time: "2026-11-24T00:00:00Z");
        await Product.ReportAsync("web01", state: "cleared", time: "2026-11-24T01:30:00Z");
        await Product.SendAsync("POST", "/api/events?format=cef", "CEF:0|broken", "text/plain");

        Assert.Equal("duplicate 1, outdated 1, recorded 2, rejected 1", metrics.Sums("alertfunctions.events"));
        Assert.Equal("cleared 1, raised 1", metrics.Sums("alertfunctions.alert.transitions"));
    }

    [Fact]
    public async Task Mail_is_counted_by_outcome_and_pattern_and_each_attempt_is_measured()
    {
        using var metrics = new MeterReader(Product);
        await AddUserAsync("refused");
        Server.On(SmtpStep.Recipient, "refused@example.com").Reply("550 5.1.1 no such user");
        await RaiseAsync();
        await PassHourAsync();
        await PassHourAsync();
        Assert.Equal("failed not_accepted 3 2, given_up not_accepted 3 1, sent 1", metrics.Sums("alertfunctions.mail.outcomes"));
        Assert.Equal(4, metrics.Count("alertfunctions.mail.attempt.duration"));

        Server.StopListening();
        await RaiseAsync("web02", "Other");
        Assert.Contains("failed unreachable 1 2", metrics.Sums("alertfunctions.mail.outcomes"), StringComparison.Ordinal);
        Assert.Equal(5, metrics.Count("alertfunctions.mail.attempt.duration")); // one attempt stands for both (rule 3)
    }

    [Fact]
    public async Task Slots_in_use_are_counted_while_mail_is_sent()
    {
        using var metrics = new MeterReader(Product);
        await Product.ReportAsync("web01");
        var released = new TaskCompletionSource();
        SmtpRule held = Server.On(SmtpStep.Body).HoldUntil(released.Task);
        Task handling = Product.HandleAsync("compose|Eicar");
        await held.Reached.WaitAsync(Soon);
        Assert.Equal("1", metrics.Sums("alertfunctions.smtp.slots"));
        released.SetResult();
        await handling;
        Assert.Equal("0", metrics.Sums("alertfunctions.smtp.slots"));
    }

    [Fact]
    public async Task Every_request_to_storage_is_counted_retries_included()
    {
        using var metrics = new MeterReader(Product);
        Product.Storage.When(call => call.Label == "POST outgoing-mail/messages").Once().Fail();
        Product.Storage.ForgetCalls();
        await Product.ReportAsync("web01");

        Assert.Equal(Product.Storage.Count(), metrics.Count("alertfunctions.storage.operations"));
        string sums = metrics.Sums("alertfunctions.storage.operations");
        Assert.Contains("queue POST 201 1", sums, StringComparison.Ordinal);
        Assert.Contains("queue POST 503 1", sums, StringComparison.Ordinal);
        Assert.Contains("table POST 202 1", sums, StringComparison.Ordinal);

        await Product.WorkOffQueueAsync();
        Assert.Equal(Product.Storage.Count(), metrics.Count("alertfunctions.storage.operations"));
        Assert.Contains("blob PUT 201", metrics.Sums("alertfunctions.storage.operations"), StringComparison.Ordinal); // the slot's lease
    }

    [Fact]
    public async Task What_waits_is_shown_as_it_was_read_and_forgotten_after_five_minutes_since_another_instance_may_read_it_then()
    {
        using var metrics = new MeterReader(Product);
        Server.StopListening();
        await RaiseAsync();
        await Product.Get<MailRedriver>().RunHourlyAsync(CancellationToken.None);
        Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(metrics.Gauge("alertfunctions.mail.waiting"));

        Product.Storage.ForgetCalls();
        await Gauges.ReadAsync(CancellationToken.None);
        Assert.Equal(13, Product.Storage.Count()); // a query of each shard, a read of each timer, and for the outage its row and what was delivered since
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(
            (1, 660, 660, 660),
            (metrics.Gauge("alertfunctions.mail.waiting"), Math.Round(metrics.Gauge("alertfunctions.mail.oldest_waiting")!.Value), Math.Round(metrics.Gauge("alertfunctions.mail.failing")!.Value), metrics.Gauge("alertfunctions.redrive.age")));

        Clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Null(metrics.Gauge("alertfunctions.mail.waiting"));
    }

    [Fact]
    public async Task Mail_that_is_delivered_again_is_not_failing_and_reading_the_gauges_takes_11_operations()
    {
        using var metrics = new MeterReader(Product);
        Product.Storage.ForgetCalls();
        await Gauges.ReadAsync(CancellationToken.None);
        Assert.Equal(11, Product.Storage.Count());
        Assert.Equal((0, 0), (metrics.Gauge("alertfunctions.mail.failing"), metrics.Gauge("alertfunctions.mail.oldest_waiting")));

        Server.StopListening();
        await RaiseAsync();
        Server.StartListening();
        await PassHourAsync();
        await Gauges.ReadAsync(CancellationToken.None);
        Assert.Equal((0, 0), (metrics.Gauge("alertfunctions.mail.failing"), metrics.Gauge("alertfunctions.mail.waiting")));
    }

    [Fact]
    public async Task Mail_that_was_given_up_waits_no_more_and_is_failing_all_the_same()
    {
        using var metrics = new MeterReader(Product);
        Server.On(SmtpStep.Recipient).Reply("550 5.1.1 no such user");
        await RaiseAsync();
        await PassHourAsync();
        await PassHourAsync();
        await Gauges.ReadAsync(CancellationToken.None);

        Assert.Equal((0, 0), (metrics.Gauge("alertfunctions.mail.waiting"), metrics.Gauge("alertfunctions.mail.oldest_waiting")));
        Assert.Equal(7200, metrics.Gauge("alertfunctions.mail.failing")!.Value, tolerance: 60);
    }
}
