using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Failures;

namespace AlertFunctions.Tests.Operation;

/// <summary>A timer that has stopped is seen by every process, on either host; and what one step of a run meets does not stop the others.</summary>
public sealed class TimerHealthTests(AzuriteServer azurite) : FailureTests(azurite)
{
    private static readonly TimeSpan s_healthLimit = TimeSpan.FromSeconds(2.5);

    [Fact]
    public async Task A_fresh_installation_is_late_only_once_its_timers_should_have_run()
    {
        Assert.Equal(("healthy", "healthy"), await TimersAsync(Product));
        Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(("healthy", "healthy"), await TimersAsync(Product));
        Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(("degraded", "late"), await TimersAsync(Product));
    }

    [Fact]
    public async Task A_minute_timer_that_stopped_is_seen_after_five_minutes_by_another_process()
    {
        for (int minute = 0; minute < 10; minute++)
        {
            Clock.Advance(TimeSpan.FromMinutes(1));
            await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
            Assert.Equal(("healthy", "healthy"), await TimersAsync(Product));
        }

        ProductProcess other = Start();
        Assert.Equal(("healthy", "healthy"), await TimersAsync(other));
        Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(("degraded", "late"), await TimersAsync(other));
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(("healthy", "healthy"), await TimersAsync(other));
    }

    [Fact]
    public async Task An_hourly_timer_that_stopped_is_seen_after_two_hours()
    {
        await Product.Get<MailRedriver>().RunHourlyAsync(CancellationToken.None);
        Clock.Advance(TimeSpan.FromHours(2));
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        Assert.Equal(("healthy", "healthy"), await TimersAsync(Product));
        Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(("degraded", "late"), await TimersAsync(Product));
    }

    [Fact]
    public async Task Which_timer_is_late_and_when_it_last_ran_is_logged()
    {
        await Product.Get<MailRedriver>().RunHourlyAsync(CancellationToken.None);
        DateTimeOffset ran = Clock.GetUtcNow();
        Clock.Advance(TimeSpan.FromMinutes(6));
        await TimersAsync(Product);
        Assert.Equal(["A timer is late. RunScheduledTasks has never run."], LateTimers());
        Clock.Advance(TimeSpan.FromHours(2));
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        await TimersAsync(Product);
        Assert.Equal($"A timer is late. RedriveFailedMail last ran at {ran.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z.", LateTimers()[^1]);
        Assert.Equal(2, LateTimers().Count);

        List<string> LateTimers() => [.. Product.Log.Entries.Where(entry => entry.EventId.Id == 427).Select(entry => entry.Message)];
    }

    [Fact]
    public async Task An_hour_of_minutes_is_recorded_at_most_thirty_times()
    {
        for (int minute = 0; minute < 60; minute++)
        {
            Clock.Advance(TimeSpan.FromMinutes(1));
            await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        }

        Assert.Equal(30, Product.Storage.Count(call => call.Method is "PUT" or "POST" && call.Uri.ToString().Contains("Work", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("task|")]
    [InlineData("mail|")]
    [InlineData("poison")]
    [InlineData("done|")]
    public async Task What_one_step_of_the_minute_meets_is_logged_and_recorded_and_the_others_run(string step)
    {
        Product.Log.Expect(222);
        Func<StorageCall, bool> ofStep = call => call.Method == "GET" && Uri.UnescapeDataString(call.Uri.ToString()).Contains(step, StringComparison.Ordinal);
        Product.Storage.When(ofStep).Fail(HttpStatusCode.Forbidden, "AuthorizationFailure");
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        Clock.Advance(TimeSpan.FromMinutes(1));
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);

        IReadOnlyList<StorageCall> calls = Product.Storage.Calls;
        Assert.All((string[])["task|", "mail|", "poison", "done|"], part => Assert.Contains(calls, call => Uri.UnescapeDataString(call.Uri.ToString()).Contains(part, StringComparison.Ordinal)));
        Assert.Single(await Installation.RowsAsync("Work", "minute"));
        JsonNode recorded = Assert.Single(await Product.SystemEventsAsync(199));
        Assert.Contains("minute timer", Description(recorded), StringComparison.Ordinal);
        Assert.All(Product.Log.Entries.Where(entry => entry.EventId.Id == 222), entry => Assert.DoesNotContain('\n', entry.ToString()));
    }

    [Fact]
    public async Task Health_answers_within_three_seconds_when_storage_is_silent_and_all_who_ask_share_one_look()
    {
        StorageFault silence = Product.Storage.When(_ => true).Hold();
        Task<Answer>[] asked = [.. Enumerable.Range(0, 10).Select(_ => Product.SendAsync("GET", "/api/health"))];
        await silence.Reached;
        await Clock.WaitForPauseAsync(s_healthLimit);
        Assert.Equal(1, Clock.CountPauses(s_healthLimit));
        Clock.Advance(TimeSpan.FromSeconds(3));

        foreach (Answer answer in await Task.WhenAll(asked))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
            Assert.Equal("unhealthy", answer.Json["status"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task While_storage_does_not_answer_the_timers_are_late_once_what_was_last_read_is_too_old()
    {
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        Assert.Equal(("healthy", "healthy"), await TimersAsync(Product));
        Product.Storage.When(_ => true).FailToConnect();
        Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(("unhealthy", "healthy"), await TimersAsync(Product));
        Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(("unhealthy", "late"), await TimersAsync(Product));
    }

    private static async Task<(string Status, string Timers)> TimersAsync(ProductProcess process)
    {
        JsonNode health = (await process.SendAsync("GET", "/api/health")).Json;
        return (health["status"]!.GetValue<string>(), health["checks"]!["timers"]!.GetValue<string>());
    }
}
