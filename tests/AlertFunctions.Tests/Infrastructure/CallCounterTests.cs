using AlertFunctions.Testing;
namespace AlertFunctions.Tests.Infrastructure;

public sealed class CallCounterTests
{
    [Fact]
    public void A_dead_process_calls_nobody()
    {
        var counter = new CallCounter().StopBefore(2);
        counter.AfterCall(counter.BeforeCall("first"));
        Assert.Throws<ProcessKilledException>(() => counter.BeforeCall("second"));
        Assert.Throws<ProcessKilledException>(() => counter.BeforeCall("third"));
        Assert.Equal(["first"], counter.Labels);
    }

    [Fact]
    public void A_call_on_its_way_is_answered_to_nobody_when_the_process_dies_in_another()
    {
        var counter = new CallCounter().StopAfter(2);
        var first = counter.BeforeCall("first");
        var second = counter.BeforeCall("second");
        Assert.Throws<ProcessKilledException>(() => counter.AfterCall(second));
        Assert.Throws<ProcessKilledException>(() => counter.AfterCall(first));
    }
}
