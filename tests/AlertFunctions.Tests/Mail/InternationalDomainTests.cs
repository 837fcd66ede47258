using AlertFunctions.Testing;
using SmtpStep = AlertFunctions.Testing.SmtpStep;

namespace AlertFunctions.Tests.Mail;

/// <summary>International domains travel in ASCII: few servers take anything else, and those further on may not, whatever the first one offers.</summary>
public sealed class InternationalDomainTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Theory]
    [InlineData("alerts@例え.テスト")]
    [InlineData("alerts@xn--r8jz45g.xn--zckzah")]
    [InlineData("アラート <alerts@例え.テスト>")]
    public async Task However_the_senders_domain_is_spelled_everything_of_it_travels_in_ASCII(string from)
    {
        Installation.Settings["Smtp:From"] = from;
        string? greeted = null;
        Smtp.On(SmtpStep.Ehlo).When(session => (greeted = session.ClientName) is null).Reply("501 5.5.4 syntax");
        await Product.ReportAsync("端末A");

        await Product.HandleAsync("compose|Eicar");

        ReceivedMail mail = Assert.Single(Smtp.Accepted);
        Assert.Equal(("xn--r8jz45g.xn--zckzah", "alerts@xn--r8jz45g.xn--zckzah"), (greeted, mail.Sender));
        Assert.EndsWith("@xn--r8jz45g.xn--zckzah", mail.MessageId, StringComparison.Ordinal);
        Assert.All(mail.Message.Headers, header => Assert.All(header.RawValue, b => Assert.InRange(b, (byte)0, (byte)127)));
        Assert.EndsWith("@xn--r8jz45g.xn--zckzah>", mail.Message.Headers[MimeKit.HeaderId.References], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recipient_in_an_international_domain_needs_no_SMTPUTF8_although_the_server_offers_it()
    {
        Installation.Settings["Mail:AlertEmailAddress"] = "ops@例え.テスト";
        string? sender = null;
        Smtp.On(SmtpStep.Sender).When(session => (sender = session.SenderCommand) is null).Reply("501 5.5.4 syntax");
        await Product.ReportAsync("端末A");

        await Product.HandleAsync("compose|Eicar");

        ReceivedMail mail = Assert.Single(Smtp.Accepted);
        Assert.Contains("SMTPUTF8", Smtp.Capabilities);
        Assert.Equal("ops@xn--r8jz45g.xn--zckzah", mail.Recipient);
        Assert.DoesNotContain("SMTPUTF8", sender, StringComparison.Ordinal);
        Assert.All(mail.Message.Headers, header => Assert.All(header.RawValue, b => Assert.InRange(b, (byte)0, (byte)127)));
    }
}
