namespace AlertFunctions.Core.Outbox;

/// <summary>Row keys of scheduled task runs whose mail is not composed yet. They are the outbox rows of scheduled mail.</summary>
public static class TaskRunKey
{
    /// <summary>The prefix of the row keys.</summary>
    public const string Prefix = "taskrun";

    /// <summary>The row key of a run.</summary>
    public static string Of(string run) => $"{Prefix}|{run}";
}
