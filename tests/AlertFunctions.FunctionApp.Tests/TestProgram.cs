using Xunit.MicrosoftTestingPlatform;

namespace AlertFunctions.FunctionApp.Tests;

internal static class TestProgram
{
    private static Task<int> Main(string[] args) => TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
}
