using System.Globalization;
using AlertFunctions.Faults.Stage;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

[assembly: HostingStartup(typeof(ShiftedClock))]

namespace AlertFunctions.Faults.Stage
{
    /// <summary>Gives a standalone host a clock that is wrong. It runs in the host's process, which loads this assembly because of its environment.</summary>
    internal sealed class ShiftedClock : IHostingStartup
    {
        private const string Shift = "FAULTS_CLOCK_SHIFT";

        /// <summary>The environment of a host whose clock is wrong by so much.</summary>
        public static Dictionary<string, string> EnvironmentFor(TimeSpan shift) => new(StringComparer.Ordinal)
        {
            [Shift] = shift.ToString("c", CultureInfo.InvariantCulture),
            ["DOTNET_STARTUP_HOOKS"] = typeof(ShiftedClock).Assembly.Location,
            ["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = typeof(ShiftedClock).Assembly.GetName().Name!,
        };

        public void Configure(IWebHostBuilder builder)
        {
            TimeSpan shift = TimeSpan.Parse(Environment.GetEnvironmentVariable(Shift)!, CultureInfo.InvariantCulture);
            builder.ConfigureServices(services => services.AddSingleton<TimeProvider>(new WrongTime(shift)));
        }

        private sealed class WrongTime(TimeSpan shift) : TimeProvider
        {
            public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
        }
    }
}

#pragma warning disable MA0047 // .NET looks for a class of this name, in no namespace.
/// <summary>Loads this assembly into a process of the product, which does not know it, so that it is found by its name.</summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        // To be loaded is all.
    }
}
#pragma warning restore MA0047
