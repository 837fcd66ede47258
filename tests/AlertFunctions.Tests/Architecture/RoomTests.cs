using AlertFunctions.Core;
using NetArchTest.Rules;

namespace AlertFunctions.Tests.Architecture;

/// <summary>The rooms of the core, lowest first: each may know those before it, and none of those after it.</summary>
public sealed class RoomTests
{
    private static readonly string[] LowestFirst =
    [
        "Telemetry",
        "Texts",
        "Settings",
        "Storage",
        "SystemEvents",
        "Users",
        "Mappings",
        "Outbox",
        "Alerts",
        "Events",
        "Mail.Smtp",
        "Mail.Queue",
        "Mail.Compose",
        "Mail.Sending",
        "ScheduledTasks",
        "Upkeep",
    ];

    public static TheoryData<string> Rooms => [.. LowestFirst];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_knows_only_the_rooms_below_it(string room)
    {
        string[] above = [.. LowestFirst.SkipWhile(other => other != room).Skip(1).Select(NamespaceOf)];
        AssertKnowsNone(NamespaceOf(room), above);
    }

    [Theory]
    [InlineData("ScheduledTasks.Reports", "ScheduledTasks.Runs")]
    [InlineData("ScheduledTasks.Reports", "ScheduledTasks.Summaries")]
    [InlineData("ScheduledTasks.Summaries", "ScheduledTasks.Runs")]
    [InlineData("ScheduledTasks.Summaries", "ScheduledTasks.Reports")]
    public void What_scheduled_mail_says_knows_nothing_of_runs_or_of_the_other_kind(string room, string other) => AssertKnowsNone(NamespaceOf(room), NamespaceOf(other));

    [Fact]
    public void Every_type_of_the_core_lives_in_a_room() => Assert.Empty(
        from type in Types.InAssembly(typeof(CoreServices).Assembly).That().ResideInNamespace(typeof(CoreServices).Namespace).GetTypes()
        where type != typeof(CoreServices) && !Array.Exists(LowestFirst, room => IsIn(type.Namespace!, NamespaceOf(room)))
        select type.FullName);

    private static void AssertKnowsNone(string room, params string[] others)
    {
        NetArchTest.Rules.TestResult result = Types.InAssembly(typeof(CoreServices).Assembly).That().ResideInNamespace(room).ShouldNot().HaveDependencyOnAny(others).GetResult();
        Assert.True(result.IsSuccessful, $"Know a room above them: {string.Join(", ", (result.FailingTypes ?? []).Select(type => type.FullName))}");
    }

    private static string NamespaceOf(string room) => $"{typeof(CoreServices).Namespace}.{room}";

    private static bool IsIn(string inner, string room) => inner == room || inner.StartsWith($"{room}.", StringComparison.Ordinal);
}
