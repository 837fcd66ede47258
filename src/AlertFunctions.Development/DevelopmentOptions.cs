namespace AlertFunctions.Development;

/// <summary>Where development looks for things and puts them; tests have their own.</summary>
internal sealed record DevelopmentOptions
{
    /// <summary>The root of the clone, where <c>AlertFunctions.sln</c> and <c>node_modules</c> are; null outside a clone.</summary>
    public required string? RepositoryRoot { get; init; }

    /// <summary>The folder for the tools' data.</summary>
    public required string? DataFolder { get; init; }

    /// <summary>The emulator's ports: those that <c>UseDevelopmentStorage=true</c> means.</summary>
    public int BlobPort { get; init; } = 10000;

    /// <inheritdoc cref="BlobPort"/>
    public int QueuePort { get; init; } = 10001;

    /// <inheritdoc cref="BlobPort"/>
    public int TablePort { get; init; } = 10002;

    /// <summary>The inbox's SMTP port, unless it is taken.</summary>
    public int SmtpPort { get; init; } = 1025;

    /// <summary>The port of the inbox's page, unless it is taken.</summary>
    public int InboxPort { get; init; } = 1080;

    /// <summary>The command that runs Node.js.</summary>
    public string Node { get; init; } = "node";

    /// <summary>The clone around the first of these folders that is in one, data in its git-ignored <c>.development</c>.</summary>
    public static DevelopmentOptions FindClone(params IEnumerable<string> folders)
    {
        string? root = folders.Select(FindRoot).FirstOrDefault(found => found is not null);
        return new DevelopmentOptions { RepositoryRoot = root, DataFolder = root is null ? null : Path.Combine(root, ".development") };
    }

    private static string? FindRoot(string folder)
    {
        for (DirectoryInfo? directory = new(folder); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "AlertFunctions.sln")))
            {
                return directory.FullName;
            }
        }

        return null;
    }
}
