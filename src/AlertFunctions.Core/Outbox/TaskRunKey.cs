namespace AlertFunctions.Core.Outbox;

/// <summary>The row keys of scheduled tasks' runs that are not made into mail yet: the outbox rows of scheduled mail.</summary>
internal static class TaskRunKey
{
    public const string Prefix = "taskrun";

    public static string Of(string run) => $"{Prefix}|{run}";
}
