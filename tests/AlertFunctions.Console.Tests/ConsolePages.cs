namespace AlertFunctions.Console.Tests;

/// <summary>What every check of all pages goes through.</summary>
internal static class ConsolePages
{
    /// <summary>The address of each page, and of each view of one that looks different.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "#/overview", "#/alerts", "#/alerts?view=list", "#/alerts?view=computers", "#/alert?alert=Malware+detected&computer=hq-pc-0142", "#/mail", "#/mail?view=history",
        "#/system-events", "#/smtp", "#/alert-settings", "#/users", "#/scheduled-tasks", "#/backup",
    ];
}
