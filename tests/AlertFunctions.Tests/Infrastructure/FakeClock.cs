using Microsoft.Extensions.Time.Testing;

namespace AlertFunctions.Tests.Infrastructure;

/// <summary>The clock of a test. It stands still until the test moves it.</summary>
public sealed class FakeClock() : FakeTimeProvider(Origin)
{
    /// <summary>When every test begins: a Tuesday, eleven o'clock in Tokyo.</summary>
    public static readonly DateTimeOffset Origin = new(2026, 11, 24, 2, 0, 0, TimeSpan.Zero);
}
