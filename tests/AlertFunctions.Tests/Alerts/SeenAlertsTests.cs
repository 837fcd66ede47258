using AlertFunctions.Core.Alerts;

namespace AlertFunctions.Tests.Alerts;

/// <summary>The hint which alerts are read before they are changed.</summary>
public sealed class SeenAlertsTests
{
    [Fact]
    public void An_alert_that_was_seen_is_known_on_its_own_computer_and_of_its_own_type()
    {
        var seen = new SeenAlerts();
        seen.Add("Eicar", "A");

        Assert.True(seen.Contains("Eicar", "A"));
        Assert.False(seen.Contains("Eicar", "B"));
        Assert.False(seen.Contains("Disk full", "A"));
    }

    [Fact]
    public void Of_any_number_of_alerts_the_latest_fifty_thousand_are_known_and_at_most_twice_as_many()
    {
        var seen = new SeenAlerts();
        for (int number = 0; number < 125_000; number++)
        {
            seen.Add("Eicar", $"pc-{number}");
        }

        Assert.All(Enumerable.Range(75_000, 50_000), number => Assert.True(seen.Contains("Eicar", $"pc-{number}")));
        Assert.InRange(Enumerable.Range(0, 25_000).Count(number => seen.Contains("Eicar", $"pc-{number}")), 0, 10); // but for equal hashes
    }
}
