using AlertFunctions.Faults.Plan;

namespace AlertFunctions.Faults.Tests;

public sealed class FaultPlanTests
{
    [Fact]
    public void The_same_seed_makes_the_same_plan() => Assert.Equal(FaultPlan.Of(7, 200).Select(kill => $"{kill}"), FaultPlan.Of(7, 200).Select(kill => $"{kill}"));

    [Fact]
    public void Another_seed_makes_another_plan() => Assert.NotEqual(FaultPlan.Of(7, 200).Select(kill => $"{kill}"), FaultPlan.Of(8, 200).Select(kill => $"{kill}"));

    [Fact]
    public void A_shorter_run_is_the_beginning_of_the_longer_one() => Assert.Equal(FaultPlan.Of(7, 200).Take(50).Select(kill => $"{kill}"), FaultPlan.Of(7, 50).Select(kill => $"{kill}"));

    [Fact]
    public void A_long_run_has_every_kind_of_fault() => Assert.Equal(
        typeof(Fault).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Fault))).Select(type => type.Name).Order(StringComparer.Ordinal),
        FaultPlan.Of(7, 200).SelectMany(kill => kill.Faults).Select(fault => fault.GetType().Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
}
