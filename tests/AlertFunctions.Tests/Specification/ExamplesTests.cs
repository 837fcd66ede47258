using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Specification;

/// <summary>The three examples of the specification.</summary>
public sealed class ExamplesTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Fact]
    public async Task Example_1_after_a_clear_the_next_event_raises_and_mails_again()
    {
        await ReportAndMailAsync("端末A");
        await ReportAndMailAsync("端末A", "cleared");
        await ReportAndMailAsync("端末A");

        Assert.Equal(2, Smtp.Accepted.Count);
        Assert.All(Smtp.Accepted, mail => Assert.Equal("新しいアラートの発令: 1台のコンピュータで、Eicarアラートが発生しました", mail.Message.Subject));
    }

    [Fact]
    public async Task Example_2_the_same_event_on_the_same_computer_mails_once()
    {
        await ReportAndMailAsync("端末A");
        JsonNode second = await ReportAndMailAsync("端末A");

        Assert.Empty(second["raised"]!.AsArray());
        Assert.Equal(1, second["recorded"]!.GetValue<int>());
        Assert.Single(Smtp.Accepted);
    }

    [Fact]
    public async Task Example_3_the_same_event_on_another_computer_mails_again()
    {
        await ReportAndMailAsync("端末A");
        await ReportAndMailAsync("端末B");

        Assert.Equal(2, Smtp.Accepted.Count);
        Assert.Contains("端末B", Smtp.Accepted[1].Message.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain("端末A", Smtp.Accepted[1].Message.TextBody, StringComparison.Ordinal);
        Assert.Equal("新しいアラートの発令: 1台のコンピュータで、Eicarアラートが発生しました", Smtp.Accepted[1].Message.Subject);
    }

    private async Task<JsonNode> ReportAndMailAsync(string computer, string state = "occurred")
    {
        JsonNode answer = await Product.ReportAsync(computer, state: state);
        await Product.WorkOffQueueAsync();
        return answer;
    }
}
