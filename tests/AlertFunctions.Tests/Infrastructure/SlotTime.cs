namespace AlertFunctions.Tests.Infrastructure;

/// <summary>Time that passes while a process holds its connection to the mail server.</summary>
internal static class SlotTime
{
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(20);

    /// <summary>Lets time pass in steps in which the slot is renewed: in one step it would be lost.</summary>
    public static async Task PassWithSlotAsync(this ProductProcess product, FakeClock clock, TimeSpan time)
    {
        for (; time > s_renewal; time -= s_renewal)
        {
            int renewals = Renewals();
            clock.Advance(s_renewal);
            await product.Storage.WaitUntilAsync(() => Renewals() > renewals);
        }

        clock.Advance(time);

        int Renewals() => product.Storage.Count(call => call.Label.EndsWith("lease renew", StringComparison.Ordinal) && call.Status == 200);
    }
}
