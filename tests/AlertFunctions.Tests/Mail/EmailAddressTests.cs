using AlertFunctions.Core.Texts;
using MimeKit;

namespace AlertFunctions.Tests.Mail;

/// <summary>Which addresses mail can be delivered to, which of them are the same, and what is said of the others.</summary>
public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("ops@example.com")]
    [InlineData("ops@localhost")]
    [InlineData("o'p_s+tag#1@ex-ample.com")]
    [InlineData("ops@xn--r8jz45g.example")]
    [InlineData("ops@例え.example")]
    [InlineData("ops@例え。example")]
    [InlineData("ops@straße.example")]
    [InlineData("\"user.\"@example.ne.jp")]
    [InlineData("\"a..b\"@example.ne.jp")]
    [InlineData("\"a b\"@example.com")]
    [InlineData("\"a@b\"@example.com")]
    [InlineData("\"a\\\"b\"@example.com")]
    [InlineData("\"a,b\"@example.com")]
    [InlineData("ops@[192.0.2.1]")]
    [InlineData("ops@[IPv6:2001:db8::1]")]
    public void Mail_can_be_delivered_to_every_address_of_RFC_5321_with_an_ASCII_local_part(string address)
    {
        Assert.Null(EmailAddress.FaultOf(address));
        Assert.True(System.Text.Ascii.IsValid(new MailboxAddress("", address).GetAddress(idnEncode: true)));
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("ops", "it has no @")]
    [InlineData("@example.com", "it has nothing before the @")]
    [InlineData("\"\"@example.com", "it has nothing before the @")]
    [InlineData("ops@", "what is after the @ is no domain")]
    [InlineData("ops@example.com.", "what is after the @ is no domain")]
    [InlineData("ops@ex_ample.com", "what is after the @ is no domain")]
    [InlineData("ops@exa mple.com", "what is after the @ is no domain")]
    [InlineData("ops@例え..example", "what is after the @ is no domain")]
    [InlineData("ops@xn--\u0061.example", "what is after the @ is no domain")]
    [InlineData("花子@example.com", "the part before the @ must be ASCII")]
    [InlineData("\"花子\"@example.com", "the part before the @ must be ASCII")]
    [InlineData("user.@example.ne.jp", "a part before the @ with such dots or spaces stands in quotes, \"user.\"@example.ne.jp")]
    [InlineData(".user@example.ne.jp", "stands in quotes, \".user\"@example.ne.jp")]
    [InlineData("a..b@example.ne.jp", "stands in quotes, \"a..b\"@example.ne.jp")]
    [InlineData("a b@example.com", "stands in quotes, \"a b\"@example.com")]
    [InlineData("a@example.com, b@example.com", "it is more than one address; for more people, add users")]
    [InlineData("a@example.com;b@example.com", "it is more than one address")]
    [InlineData("a@example.com b@example.com", "it is more than one address")]
    [InlineData("Bob <b@x", "it has a '<' without its '>'")]
    [InlineData("Bob <b@example.com>", "it has angle brackets")]
    [InlineData("ops(night)@example.com", "it has parentheses")]
    [InlineData("ops@example.com (night)", "it has parentheses")]
    [InlineData("\"ops@example.com", "it has a quote without its partner")]
    [InlineData("o,ps@example.com", "it cannot be read as one")]
    [InlineData("o\u200Bps@example.com", "it has the invisible character U+200B")]
    [InlineData("ops@exam\u00ADple.com", "it has the invisible character U+00AD")]
    [InlineData("\uFEFFops@example.com", "it has the invisible character U+FEFF")]
    [InlineData("ops\u00A0@example.com", "it has the invisible character U+00A0")]
    [InlineData("\u202Eops@example.com", "it has the invisible character U+202E")]
    [InlineData("ops@example.com\n", "it has the invisible character U+000A")]
    [InlineData("ops\0@example.com", "it has the invisible character U+0000")]
    [InlineData("ops@[::1]", "an IPv6 address is written [IPv6:::1]")]
    [InlineData("ops@[IPv6:192.0.2.1]", "what is in the brackets is no IP address")]
    [InlineData("ops@[1]", "what is in the brackets is no IP address")]
    public void What_is_wrong_with_an_address_is_said_by_name(string address, string problem)
    {
        string fault = EmailAddress.FaultOf(address)!;

        Assert.StartsWith("must be an address that mail can be delivered to, such as ops@example.com: ", fault, StringComparison.Ordinal);
        Assert.Contains(problem, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_is_at_most_254_characters_with_the_domain_as_it_travels_and_64_before_the_at_sign()
    {
        Assert.Null(EmailAddress.FaultOf($"{new string('a', 64)}@example.com"));
        Assert.Contains("longer than 64", EmailAddress.FaultOf($"{new string('a', 65)}@example.com"), StringComparison.Ordinal);

        // 例え is a label of 11 characters as it travels.
        string domain = string.Join('.', Enumerable.Repeat("例え", 20));
        Assert.Null(EmailAddress.FaultOf($"ops@{domain}"));
        Assert.Contains("longer than 254", EmailAddress.FaultOf($"{new string('a', 20)}@{domain}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ops@例え.example", "ops@xn--r8jz45g.example")]
    [InlineData("ops@例え.example", "ops@例え。example")]
    [InlineData("ops@例え.example", "OPS@XN--R8JZ45G.EXAMPLE")]
    [InlineData("ops@example.com", "ops@ＥＸＡＭＰＬＥ.com")]
    [InlineData("ops@example.com", "\"ops\"@example.com")]
    [InlineData("Ops@Example.com", "ops@example.com")]
    public void S2_spellings_of_one_mailbox_are_one_address(string one, string other)
    {
        Assert.Equal(one, other, EmailAddress.Comparer);
        Assert.Equal(EmailAddress.Comparer.GetHashCode(one), EmailAddress.Comparer.GetHashCode(other));
        Assert.Equal(0, EmailAddress.Comparer.Compare(one, other));
    }

    [Theory]
    [InlineData("ops@example.com", "ops@example.org")]
    [InlineData("\"a.\"@example.com", "a@example.com")]
    [InlineData("ops@例え.example", "ops@例.example")]
    public void S2_other_mailboxes_are_other_addresses(string one, string other) => Assert.NotEqual(one, other, EmailAddress.Comparer);

    [Theory]
    [InlineData("alerts@example.com", "", "alerts@example.com")]
    [InlineData("<alerts@example.com>", "", "alerts@example.com")]
    [InlineData("Alerts <alerts@example.com>", "Alerts", "alerts@example.com")]
    [InlineData("Alerts (Tokyo) <alerts@example.com>", "Alerts (Tokyo)", "alerts@example.com")]
    [InlineData("Alerts, Inc. <alerts@example.com>", "Alerts, Inc.", "alerts@example.com")]
    [InlineData("\"Alerts (Tokyo), @night\" <alerts@example.com>", "Alerts (Tokyo), @night", "alerts@example.com")]
    [InlineData("アラート通知 <alerts@例え.example>", "アラート通知", "alerts@例え.example")]
    public void A_sender_has_all_that_stands_before_its_address_as_its_name(string text, string name, string address)
    {
        Assert.True(EmailAddress.TryParseMailbox(text, out MailboxAddress? mailbox, out _));

        Assert.Equal((name, address), (mailbox.Name, mailbox.Address));
    }

    [Theory]
    [InlineData("alerts@example.com (Alerts)", "it has parentheses")]
    [InlineData("Bob <b@x", "it has a '<' without its '>'")]
    [InlineData("a@example.com, Bob <b@example.com>", "it is more than one address")]
    [InlineData("a@example.com, b@example.com", "it is more than one address")]
    [InlineData("<a <alerts@example.com>", "its name has a quote or an angle bracket without its partner")]
    [InlineData("A\"lerts <alerts@example.com>", "its name has a quote or an angle bracket without its partner")]
    [InlineData("Alerts\r\nBcc: x <alerts@example.com>", "its name has a control character")]
    [InlineData("Alerts <>", "it is empty")]
    public void A_sender_of_which_something_would_be_lost_is_refused(string text, string problem)
    {
        Assert.False(EmailAddress.TryParseMailbox(text, out _, out string? fault));

        Assert.Contains(problem, fault, StringComparison.Ordinal);
    }
}
