namespace AlertFunctions.Api.Documentation;

/// <summary>The chapters of the document.</summary>
internal static class Tags
{
    public const string Events = "Events";
    public const string Mappings = "Mappings";
    public const string Alerts = "Alerts";
    public const string AlertTypes = "Alert types";
    public const string Users = "Users";
    public const string Mail = "Mail";
    public const string SystemEvents = "System events";
    public const string ScheduledTasks = "Scheduled tasks";
    public const string Configuration = "Configuration";
    public const string Operation = "Operation";

    /// <summary>All of them, in the order in which the document shows them.</summary>
    public static readonly IReadOnlyList<(string Name, string Description)> All =
    [
        (Events, "What computers report."),
        (Mappings, "How bodies that no format knows become events."),
        (Alerts, "What is outstanding, and clearing it."),
        (AlertTypes, "Severity, titles and mail switches of each type of alert."),
        (Users, "Who receives alert mail."),
        (Mail, "Undelivered mail, and the outcome of every attempt."),
        (SystemEvents, "What the system did and could not do."),
        (ScheduledTasks, "Summaries and reports that are mailed at set times."),
        (Configuration, "Alert types, users, scheduled tasks and mappings as one document."),
        (Operation, "Health, settings, and how things stand."),
    ];
}
