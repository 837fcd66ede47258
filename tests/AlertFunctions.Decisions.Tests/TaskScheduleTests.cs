using System.Globalization;
using AlertFunctions.Core.ScheduledTasks;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Decisions.Tests;

/// <summary>When scheduled tasks run, and what days a report looks back on.</summary>
public sealed class TaskScheduleTests
{
    [Theory]
    // New York skips 02:00 to 03:00 on 8 March 2026, Berlin on 29 March: the run comes at the end of the gap.
    [InlineData("30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")]
    // New York shows 01:00 to 02:00 twice on 1 November, Berlin 02:00 to 03:00 on 25 October: the run comes once, the first time.
    [InlineData("30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    // What runs every so often does so through both hours, and skips what is not there.
    [InlineData("*/30 * * * *", "America/New_York", "2026-11-01T05:45:00Z", "2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z")]
    [InlineData("0 */1 * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z")]
    // Nine o'clock stays nine o'clock.
    [InlineData("0 9 * * *", "America/New_York", "2026-03-07T12:00:00Z", "2026-03-07T14:00:00Z", "2026-03-08T13:00:00Z")]
    [InlineData("0 9 * * 1-5", "Europe/Berlin", "2026-03-27T12:00:00Z", "2026-03-30T07:00:00Z", "2026-03-31T07:00:00Z")]
    [InlineData("0 9 * * *", "Asia/Tokyo", "2026-11-24T02:00:00Z", "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z")]
    // A 31st only comes in the months that have one, and a 29 February in leap years.
    [InlineData("0 0 31 * *", "UTC", "2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z", "2026-07-31T00:00:00Z")]
    [InlineData("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z")]
    [InlineData("0 0 L * *", "UTC", "2028-02-01T00:00:00Z", "2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z")]
    public void A_task_runs_by_the_clocks_of_its_zone(string cron, string zone, string after, string first, string second)
    {
        Assert.True(TaskSchedule.TryCreate(cron, TimeZoneInfo.FindSystemTimeZoneById(zone), out TaskSchedule? schedule));
        DateTimeOffset? run = schedule.NextAfter(Time(after));
        Assert.Equal(Time(first), run);
        Assert.Equal(Time(second), schedule.NextAfter(run!.Value));
        Assert.Equal(Time(first), schedule.LatestUpTo(Time(second).AddSeconds(-1)));
        Assert.Equal(Time(second), schedule.LatestUpTo(Time(second)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("0 0 9 * * *")]
    [InlineData("@daily")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("0 9 * * MON-")]
    [InlineData("0 0 30 2 *")]
    [InlineData("at nine in the morning")]
    public void What_is_no_time_that_comes_is_no_schedule(string cron) => Assert.False(TaskSchedule.TryCreate(cron, TimeZoneInfo.Utc, out _));

    [Theory]
    [InlineData("Asia/Tokyo", true)]
    [InlineData("UTC", true)]
    [InlineData("Tokyo Standard Time", false)]
    [InlineData("Mars/Olympus", false)]
    [InlineData("", false)]
    public void Zones_have_their_IANA_names(string name, bool known) => Assert.Equal(known, TimeZones.TryFind(name, out _));

    [Theory]
    [InlineData("P1D", "2026-11-24T00:00:00Z", "Asia/Tokyo", "2026-11-22T15:00:00Z", "2026-11-23T15:00:00Z")]
    // The day of the run is that of the zone: it is already Tuesday in Tokyo.
    [InlineData("P1D", "2026-11-23T15:00:00Z", "Asia/Tokyo", "2026-11-22T15:00:00Z", "2026-11-23T15:00:00Z")]
    [InlineData("P1D", "2026-11-23T14:59:00Z", "Asia/Tokyo", "2026-11-21T15:00:00Z", "2026-11-22T15:00:00Z")]
    [InlineData("P7D", "2026-11-02T13:00:00Z", "America/New_York", "2026-10-26T04:00:00Z", "2026-11-02T05:00:00Z")]
    [InlineData("P1W", "2026-03-30T07:00:00Z", "Europe/Berlin", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z")]
    [InlineData("P2W", "2026-03-30T07:00:00Z", "Europe/Berlin", "2026-03-15T23:00:00Z", "2026-03-29T22:00:00Z")]
    [InlineData("P1M", "2026-03-31T09:00:00Z", "UTC", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z")]
    [InlineData("P1M", "2028-03-31T09:00:00Z", "UTC", "2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z")]
    [InlineData("P12M", "2028-02-29T09:00:00Z", "UTC", "2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("P366D", "2028-12-31T09:00:00Z", "UTC", "2027-12-31T00:00:00Z", "2028-12-31T00:00:00Z")]
    // Cairo skips midnight of 24 April 2026: its day begins at one.
    [InlineData("P1D", "2026-04-25T07:00:00Z", "Africa/Cairo", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z")]
    // Havana shows midnight twice on 1 November 2026: its day begins with the first.
    [InlineData("P1D", "2026-11-02T15:00:00Z", "America/Havana", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")]
    public void A_report_looks_back_on_whole_days_of_its_zone(string period, string run, string zone, string from, string to)
    {
        Assert.True(ReportPeriod.TryParse(period, out ReportPeriod parsed));
        Assert.Equal(period, $"{parsed}");
        Assert.Equal((Time(from), Time(to)), parsed.Before(Time(run), TimeZoneInfo.FindSystemTimeZoneById(zone)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("P0D")]
    [InlineData("P367D")]
    [InlineData("P53W")]
    [InlineData("P13M")]
    [InlineData("P1Y")]
    [InlineData("PT1H")]
    [InlineData("P1M2D")]
    [InlineData("p1d")]
    [InlineData("P-1D")]
    [InlineData("P1D\n")]
    [InlineData("P٣D")]
    [InlineData("7")]
    public void A_period_is_of_days_weeks_or_months_and_at_most_a_year(string text) => Assert.False(ReportPeriod.TryParse(text, out _));

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    public void A_schedule_has_at_most_200_characters(int length, bool accepted) => Assert.Equal(accepted, TaskSchedule.TryCreate("0 9 * * *".PadRight(length), TimeZoneInfo.Utc, out _));

    [Fact]
    public void A_schedule_is_kept_with_single_spaces_and_with_its_zone()
    {
        TimeZoneInfo tokyo = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo");

        Assert.True(TaskSchedule.TryCreate(" 0  9\t* * * ", tokyo, out TaskSchedule? schedule));

        Assert.Equal(("0 9 * * *", tokyo), (schedule.Cron, schedule.TimeZone));
    }

    [Fact]
    public void Occurrences_are_told_in_UTC()
    {
        Assert.True(TaskSchedule.TryCreate("0 9 * * *", TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo"), out TaskSchedule? schedule));

        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (schedule.NextAfter(Time("2026-11-24T02:00:00Z"))!.Value.Offset, schedule.LatestUpTo(Time("2026-11-24T02:00:00Z"))!.Value.Offset));
    }

    [Theory]
    // Berlin skips 02:00 to 03:00: the run of half past two came at three, which is 01:00 UTC, and not before.
    [InlineData("2026-03-29T00:59:59Z", "2026-03-28T01:30:00Z")]
    [InlineData("2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("2026-03-29T01:30:00Z", "2026-03-29T01:00:00Z")]
    public void A_run_in_a_gap_is_the_latest_one_from_the_end_of_the_gap_on(string time, string latest)
    {
        Assert.True(TaskSchedule.TryCreate("30 2 * * *", TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), out TaskSchedule? schedule));

        Assert.Equal(Time(latest), schedule.LatestUpTo(Time(time)));
    }

    [Fact]
    public void A_time_before_every_occurrence_has_no_latest_one()
    {
        Assert.True(TaskSchedule.TryCreate("0 0 29 2 *", TimeZoneInfo.Utc, out TaskSchedule? schedule));

        Assert.Null(schedule.LatestUpTo(DateTimeOffset.MinValue.AddYears(1)));
    }

    [Theory]
    // Havana shows midnight twice on 1 November 2026, 04:00 and 05:00 UTC: the day begins with the first.
    [InlineData("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z")]
    [InlineData("America/Havana", "2026-11-02", "2026-11-02T05:00:00Z")]
    [InlineData("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z")]
    [InlineData("Asia/Tokyo", "2026-11-24", "2026-11-23T15:00:00Z")]
    public void A_day_begins_at_the_first_instant_that_its_zone_calls_so(string zone, string day, string start)
    {
        DateTimeOffset instant = LocalDays.StartOf(DateOnly.Parse(day, CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal((Time(start), TimeSpan.Zero), (instant, instant.Offset));
        Assert.Equal(DateOnly.Parse(day, CultureInfo.InvariantCulture), LocalDays.DayOf(instant, TimeZoneInfo.FindSystemTimeZoneById(zone)));
        Assert.Equal(DateOnly.Parse(day, CultureInfo.InvariantCulture).AddDays(-1), LocalDays.DayOf(instant.AddTicks(-1), TimeZoneInfo.FindSystemTimeZoneById(zone)));
    }

    [Theory]
    [InlineData("P1D", 1, ReportPeriodUnit.Day)]
    [InlineData("P366D", 366, ReportPeriodUnit.Day)]
    [InlineData("P1W", 1, ReportPeriodUnit.Week)]
    [InlineData("P52W", 52, ReportPeriodUnit.Week)]
    [InlineData("P1M", 1, ReportPeriodUnit.Month)]
    [InlineData("P12M", 12, ReportPeriodUnit.Month)]
    public void A_period_of_up_to_a_year_is_read_and_written_the_same(string text, int count, ReportPeriodUnit unit)
    {
        Assert.True(ReportPeriod.TryParse(text, out ReportPeriod period));
        Assert.Equal((new ReportPeriod(count, unit), text), (period, $"{period}"));
    }

    [Theory]
    [InlineData("P0W")]
    [InlineData("P0M")]
    [InlineData("P1000D")]
    [InlineData("xP1D")]
    [InlineData("P1D P1D")]
    public void What_is_nearly_a_period_is_none(string text) => Assert.False(ReportPeriod.TryParse(text, out _));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
