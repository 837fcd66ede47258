namespace AlertFunctions.Core.Outbox;

/// <summary>The row keys of scheduled tasks' runs that are not made into mail yet: the outbox rows of scheduled mail.</summary>
public static class TaskRunKey
{
    /// <summary>How keys of task runs begin.</summary>
    public const string Prefix = "taskrun";

    /// <summary>The key of a task run's row.</summary>
    public static string Of(string run) => $"{Prefix}|{run}";
}
