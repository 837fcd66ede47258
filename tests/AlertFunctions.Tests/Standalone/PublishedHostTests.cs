using System.Diagnostics;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Standalone;

/// <summary>What a published host carries. The build's answer is asked for, so that the test takes a second, not a whole publish.</summary>
public sealed class PublishedHostTests
{
    [Theory]
    [InlineData("true", false)]
    [InlineData("", true)]
    public async Task Only_a_host_that_is_not_published_carries_the_development_tools(string isPublishing, bool carriesThem)
    {
        string[] arguments =
        [
            "msbuild", Repository.PathOf("src", "AlertFunctions.Standalone", "AlertFunctions.Standalone.csproj"),
            $"-property:_IsPublishing={isPublishing}", "-getItem:ProjectReference", "-getProperty:DefineConstants",
        ];
        using Process build = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string answer = await build.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await build.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, build.ExitCode);
        Assert.Contains("AlertFunctions.Api.csproj", answer, StringComparison.Ordinal);
        Assert.Equal(carriesThem, answer.Contains("AlertFunctions.Development.csproj", StringComparison.Ordinal));
        Assert.Equal(carriesThem, answer.Contains("DEVELOPMENT_SERVICES", StringComparison.Ordinal));
    }
}
