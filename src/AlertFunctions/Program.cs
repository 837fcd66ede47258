namespace AlertFunctions;

// Not top-level statements: the test project compiles this file too, and has an entry point of its own.
internal static class Program
{
    private static Task<int> Main(string[] args) => FunctionAppHost.RunAsync(args, Console.Error);
}
