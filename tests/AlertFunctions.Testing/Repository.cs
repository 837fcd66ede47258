namespace AlertFunctions.Testing;

/// <summary>The checked-out repository these tests were built from.</summary>
public static class Repository
{
    /// <summary>The folder that holds the solution, found from wherever the tests were built to.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file or folder of the repository.</summary>
    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    /// <summary>The text of a file of the repository.</summary>
    public static string Read(string path) => File.ReadAllText(PathOf(path));

    /// <summary>A file beside this one.</summary>
    public static string InfrastructureFile(string name) => PathOf("tests", "AlertFunctions.Testing", name);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AlertFunctions.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No AlertFunctions.sln in {AppContext.BaseDirectory} or above it.");
    }
}
