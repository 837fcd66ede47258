using AlertFunctions.Faults.Ledger;
using AlertFunctions.Testing;
using MimeKit;

namespace AlertFunctions.Faults.Tests;

public sealed class DeliveryTests
{
    [Theory]
    [InlineData("New Alert Raised: Alert 7 Alert on 2 Computer(s)")]
    [InlineData("新しいアラートの発令: 2台のコンピュータで、Alert 7アラートが発生しました")]
    public void A_mail_tells_which_events_it_is_about_and_counts_their_computers(string subject)
    {
        using var message = new MimeMessage { Subject = subject, MessageId = "1@example.com", Body = new TextPart("plain") { Text = "computer-1-2\nDetails: token1x2\n\ncomputer-1-3\nDetails: token1x3\n" } };
        using var raw = new MemoryStream();
        message.WriteTo(raw);
        Delivery delivery = Delivery.Read(0, "real", new ReceivedMail("alerts@example.com", ["ops@example.com"], raw.ToArray()));
        Assert.Equal(("ops@example.com", "1@example.com", 2), (delivery.Recipient, delivery.MessageId, delivery.Computers));
        Assert.Equal(["token1x2", "token1x3"], delivery.Tokens);
    }
}
