namespace AlertFunctions;

// No top-level statements: the test project compiles this file too and has its own entry point.
internal static class Program
{
    private static Task<int> Main(string[] args) => FunctionAppHost.RunAsync(args, Console.Error);
}
