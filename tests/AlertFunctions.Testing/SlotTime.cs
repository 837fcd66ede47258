namespace AlertFunctions.Testing;

/// <summary>Time that passes while a process holds its connection to the mail server.</summary>
public static class SlotTime
{
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_lostAfter = TimeSpan.FromSeconds(45);

    /// <summary>Lets time pass in steps in which the slot is renewed: in one step it would be lost.</summary>
    public static async Task PassWithSlotAsync(this FakeClock clock, TimeSpan time)
    {
        for (; time >= s_renewal; time -= s_renewal)
        {
            int renewals = clock.CountPauses(s_lostAfter);
            clock.Advance(s_renewal);
            await clock.WaitForPauseAsync(s_lostAfter, renewals + 1);
        }

        clock.Advance(time);
    }

    /// <summary>Waits until a process has renewed its slot so often.</summary>
    public static Task WaitForRenewalsAsync(this StorageFaults storage, int count) => storage.WaitUntilAsync(
        () => storage.Count(call => call.Label.EndsWith("lease renew", StringComparison.Ordinal) && call.Status == 200) >= count, $"{count} renewals");
}
