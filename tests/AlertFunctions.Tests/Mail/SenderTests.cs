using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Mail;

/// <summary>Whom a mail is from, and where delivery failures go.</summary>
public sealed class SenderTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Theory]
    [InlineData(null, "alerts@example.com")]
    [InlineData("bounces@example.com", "bounces@example.com")]
    public async Task Delivery_failures_go_to_the_bounce_address_or_else_to_the_From_address(string? bounceAddress, string envelope)
    {
        Installation.Settings["Smtp:From"] = "アラート <alerts@example.com>";
        Installation.Settings["Smtp:BounceAddress"] = bounceAddress;

        await ReportAndMailAsync("A");

        ReceivedMail mail = Assert.Single(Smtp.Accepted);
        Assert.Equal((envelope, "\"アラート\" <alerts@example.com>"), (mail.Sender, mail.Message.From.ToString()));
    }
}
