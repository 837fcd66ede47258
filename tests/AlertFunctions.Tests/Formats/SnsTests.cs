using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Formats;

/// <summary>What Deep Security and Workload Security send through Amazon SNS.</summary>
public sealed class SnsTests(AzuriteServer azurite) : FormatTest(azurite)
{
    private const string Alert = "New Pattern Update is Downloaded and Available";
    private const string Computer = "ec2-198-51-100-7";
    private const int Refused = 304;

    private readonly SnsTopic _topic = new();
    private ProductProcess? _product;

    protected override string Folder => "DeepSecurity";

    private new ProductProcess Product => _product ??= Installation.Start(amazonSns: _topic);

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        _topic.Dispose();
        _product?.Log.AssertNothingUnexpected();
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task An_alert_that_starts_is_mailed_once_and_cleared_when_it_ends_whatever_version_signs_it(string version)
    {
        JsonNode first = await DeliverAsync(_topic.Notification(Sample("system-events.json"), version: version));
        JsonNode repeated = await DeliverAsync(_topic.Notification(Sample("system-events.json"), version: version));
        await Product.WorkOffQueueAsync();
        JsonNode ended = await DeliverAsync(_topic.Notification(Sample("system-events-ended.json"), version: version));
        await Product.WorkOffQueueAsync();

        Assert.Equal([(1, 0, 0), (0, 1, 0), (1, 0, 0)], ((JsonNode[])[first, repeated, ended]).Select(CountsOf));
        Assert.Equal([$"{Alert} on {Computer}"], Names(first, "raised"));
        Assert.Equal([$"{Alert} on {Computer}"], Names(ended, "cleared"));
        Assert.Contains(Computer, Assert.Single(Smtp.Accepted).Message.TextBody, StringComparison.Ordinal);
        Assert.Equal([SnsTopic.CertificateAddress], _topic.Requests.Select(request => request.OriginalString));
    }

    [Theory]
    [InlineData("重要度: 重大", "critical")]
    [InlineData("重要度: 警告", "warning")]
    public async Task A_manager_in_Japanese_names_the_alert_and_its_severity_in_Japanese(string line, string severity)
    {
        string started = Sample("system-events.json").Replace("Severity: Warning", line, StringComparison.Ordinal).Replace($"Alert: {Alert}", "アラート: 異常な再起動の検出", StringComparison.Ordinal);

        Assert.Equal([$"異常な再起動の検出 on {Computer}"], Names(await DeliverAsync(_topic.Notification(started)), "raised"));
        Assert.Equal(severity, (string?)Assert.Single((await Product.GetAsync("/api/alerts"))["items"]!.AsArray())!["severity"]);
    }

    [Fact]
    public async Task What_a_module_finds_raises_an_alert_named_by_the_module_and_the_finding()
    {
        JsonNode answer = await DeliverAsync(_topic.Notification(Sample("anti-malware.json"), message => message["Subject"] = "Events"));

        Assert.Equal(
            ["AntiMalwareEvent: Eicar_test_file on web01", "PayloadLog: 1008610 - Block Object-Graph Navigation Language (OGNL) Expressions on web02"],
            Names(answer, "raised").Order(StringComparer.Ordinal));
        JsonNode alerts = await Product.GetAsync("/api/alerts?sort=computer&order=asc");
        Assert.Equal(["warning", "critical"], alerts["items"]!.AsArray().Select(alert => (string?)alert!["severity"]));
    }

    [Theory]
    [InlineData(197)]
    [InlineData(198)]
    [InlineData(569)]
    [InlineData(600)]
    public async Task Every_other_system_event_is_recorded_and_raises_nothing_since_mail_about_mail_would_loop(int number)
    {
        JsonNode answer = await DeliverAsync(_topic.Notification(Sample("system-events.json").Replace("190", $"{number}", StringComparison.Ordinal)));

        Assert.Equal((1, 0, 0), CountsOf(answer));
        Assert.Empty(Names(answer, "raised"));
        Assert.Empty(await Product.WorkOffQueueAsync());
    }

    [Fact]
    public async Task One_event_instead_of_an_array_is_an_event()
    {
        Assert.Equal([$"{Alert} on {Computer}"], Names(await DeliverAsync(_topic.Notification(Sample("system-events.json").Trim()[1..^1])), "raised"));
    }

    [Theory]
    [InlineData("the disk is full", "$.Message is no JSON, but must be events of Deep Security.")]
    [InlineData("[7]", "$.Message[0] must be an object, but is a number.")]
    [InlineData("""{ "a": 1 }""", "$.Message has no EventType, which every event of Deep Security has.")]
    [InlineData("""[{ "EventType": "SystemEvent", "Number": 190 }]""", "$.Message[0] names no computer: it has no TargetName, Hostname, HostID or ManagerNodeName.")]
    public async Task What_is_no_event_is_accepted_and_recorded_as_a_system_event(string content, string reason)
    {
        JsonNode answer = await DeliverAsync(_topic.Notification(content));

        Assert.Equal((0, 0, 1), CountsOf(answer));
        Assert.Equal(reason, $"{answer["reasons"]![0]!["path"]} {answer["reasons"]![0]!["message"]}");
        Assert.Single(await Product.SystemEventsAsync(199));
    }

    [Fact]
    public async Task An_EventID_without_a_LogDate_is_warned_of()
    {
        JsonNode answer = await PostAsync("""[{ "EventType": "AntiMalware", "EventID": 1, "Hostname": "a" }, { "EventType": "AntiMalware", "EventID": 2, "Hostname": "a", "LogDate": "2026-11-24T01:00:00Z" }, { "EventType": "AntiMalware", "TenantID": 1, "Hostname": "a" }]""");

        Assert.Equal(["$[0].EventID"], answer["warnings"]!.AsArray().Select(warning => (string?)warning!["path"]));
    }

    [Fact]
    public async Task With_raw_delivery_the_body_is_the_message()
    {
        var raw = new Dictionary<string, string>(StringComparer.Ordinal) { ["x-amz-sns-message-type"] = "Notification", ["x-amz-sns-rawdelivery"] = "true" };

        Answer events = await Product.SendAsync("POST", "/api/events", Sample("system-events.json"), "text/plain; charset=UTF-8", raw);
        Answer words = await Product.SendAsync("POST", "/api/events", "the disk is full", "text/plain; charset=UTF-8", raw);
        Answer withoutHeader = await Product.SendAsync("POST", "/api/events", Sample("anti-malware.json"));

        Assert.Equal([$"{Alert} on {Computer}"], Names(events.Json, "raised"));
        Assert.Equal((0, 0, 1), CountsOf(words.Json));
        Assert.Equal(2, CountsOf(withoutHeader.Json).Recorded);
        Assert.Empty(_topic.Requests);
    }

    [Fact]
    public async Task A_subscription_is_confirmed_once_its_signature_is_checked()
    {
        JsonNode answer = await DeliverAsync(_topic.Confirmation("SubscriptionConfirmation"));

        Assert.Equal((0, 0, 0), CountsOf(answer));
        Assert.Equal([SnsTopic.CertificateAddress, SnsTopic.ConfirmationAddress], _topic.Requests.Select(request => request.OriginalString));
        Assert.Contains(Product.Log.Entries, entry => entry.EventId.Id == 305);
        Assert.DoesNotContain(Product.Log.Entries, entry => entry.Message.Contains("2336412f37", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dry_run_checks_a_confirmation_and_confirms_nothing()
    {
        Answer answer = await SendAsync(_topic.Confirmation("SubscriptionConfirmation"), "?dryRun=true");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal([SnsTopic.CertificateAddress], _topic.Requests.Select(request => request.OriginalString));
        Assert.DoesNotContain(Product.Log.Entries, entry => entry.EventId.Id == 305);
    }

    [Fact]
    public async Task A_subscription_that_is_deleted_is_logged_and_not_confirmed_again()
    {
        Product.Log.Expect(306);

        await DeliverAsync(_topic.Confirmation("UnsubscribeConfirmation"));

        Assert.Equal([SnsTopic.CertificateAddress], _topic.Requests.Select(request => request.OriginalString));
        Assert.Contains(Product.Log.Entries, entry => entry.EventId.Id == 306);
    }

    [Theory]
    [InlineData("https://sns.example.amazonaws.com.example.org/SimpleNotificationService-1.pem")]
    [InlineData("https://sns.us-east-1.amazonaws.com.example.org/SimpleNotificationService-1.pem")]
    [InlineData("https://evil.s3.us-east-1.amazonaws.com/SimpleNotificationService-1.pem")]
    [InlineData("https://sns.us-east-1.amazonaws.com@example.org/SimpleNotificationService-1.pem")]
    [InlineData("https://user@sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem")]
    [InlineData("https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-1.pem")]
    [InlineData("http://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem")]
    [InlineData("https://sns.us-east-1.amazonaws.com/?Action=GetTopicAttributes&x=/SimpleNotificationService-1.pem")]
    [InlineData("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem?x=1")]
    [InlineData("file:///etc/passwd")]
    [InlineData("nowhere")]
    [InlineData("")]
    public async Task A_certificate_is_fetched_from_Amazon_SNS_and_from_nowhere_else(string address)
    {
        await AssertRefusedAsync(_topic.Notification(Sample("system-events.json"), message => message["SigningCertURL"] = address), "SigningCertURL");

        Assert.Empty(_topic.Requests);
    }

    [Theory]
    [InlineData("https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-1.pem", "sns-us-gov-west-1.amazonaws.com")]
    [InlineData("https://sns.ap-east-1.amazonaws.com/SimpleNotificationService-1.pem", "sns-signing.ap-east-1.amazonaws.com")]
    [InlineData("https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem", "sns-cn-north-1.amazonaws.com.cn")]
    public async Task Every_partition_of_Amazon_is_known_China_included(string address, string name)
    {
        _topic.CertificateName = name;

        Assert.Equal((1, 0, 0), CountsOf(await DeliverAsync(_topic.Notification(Sample("system-events.json"), message => message["SigningCertURL"] = address))));
    }

    [Theory]
    [InlineData("https://sns.us-east-1.amazonaws.com.example.org/?Action=ConfirmSubscription&Token=1")]
    [InlineData("https://sns.us-east-1.amazonaws.com/?Action=DeleteTopic&Token=1")]
    [InlineData("http://169.254.169.254/latest/meta-data/?Action=ConfirmSubscription")]
    public async Task A_subscription_is_confirmed_at_Amazon_SNS_and_nowhere_else(string address)
    {
        await AssertRefusedAsync(_topic.Confirmation("SubscriptionConfirmation", message => message["SubscribeURL"] = address), "SubscribeURL");

        Assert.Equal([SnsTopic.CertificateAddress], _topic.Requests.Select(request => request.OriginalString));
    }

    [Theory]
    [InlineData("Message", "[]")]
    [InlineData("Timestamp", "2026-11-24T01:59:00.000Z")]
    [InlineData("TopicArn", "arn:aws:sns:ap-northeast-1:123456789012:other")]
    [InlineData("Subject", "new")]
    [InlineData("Signature", "AAAA")]
    [InlineData("Signature", "not Base64")]
    [InlineData("SignatureVersion", "2")]
    public async Task An_altered_message_is_refused(string name, string value)
    {
        JsonObject message = _topic.Notification(Sample("system-events.json"));
        message[name] = value;

        await AssertRefusedAsync(message, "The signature does not match the message.");
    }

    [Theory]
    [InlineData("Signature", "The signature does not match")]
    [InlineData("SignatureVersion", "SignatureVersion")]
    [InlineData("Timestamp", "Timestamp")]
    [InlineData("SigningCertURL", "SigningCertURL")]
    public async Task A_message_without_what_a_signature_needs_is_refused(string name, string says)
    {
        JsonObject message = _topic.Notification(Sample("system-events.json"));
        message.Remove(name);

        await AssertRefusedAsync(message, says);
    }

    [Fact]
    public async Task A_message_that_is_sent_again_after_an_hour_is_refused_and_nothing_is_fetched()
    {
        JsonObject message = _topic.Notification(Sample("system-events.json"));
        Installation.Clock.Advance(TimeSpan.FromMinutes(59));

        await AssertRefusedAsync(message, "within an hour");
        Assert.Empty(_topic.Requests);
    }

    [Fact]
    public async Task A_message_signed_by_somebody_else_is_refused()
    {
        using var other = new SnsTopic();

        await AssertRefusedAsync(other.Notification(Sample("system-events.json")), "does not match");
    }

    [Fact]
    public async Task A_certificate_for_something_else_is_refused()
    {
        _topic.CertificateName = "s3.amazonaws.com";

        await AssertRefusedAsync(_topic.Notification(Sample("system-events.json")), "must be for Amazon SNS");
    }

    [Fact]
    public async Task A_certificate_that_has_expired_is_refused()
    {
        _topic.ValidFrom = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

        await AssertRefusedAsync(_topic.Notification(Sample("system-events.json")), "is valid from 2024");
    }

    [Theory]
    [InlineData(HttpStatusCode.Redirect)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.OK)]
    public async Task A_redirect_is_not_followed_and_what_is_no_certificate_is_refused(HttpStatusCode status)
    {
        _topic.Answer = () => new HttpResponseMessage(status) { Headers = { Location = new Uri("https://example.org/") }, Content = new StringContent("<html/>") };

        await AssertRefusedAsync(_topic.Notification(Sample("system-events.json")), SnsTopic.CertificateAddress);
        Assert.Single(_topic.Requests);
    }

    [Fact]
    public async Task While_Amazon_cannot_be_reached_SNS_is_told_to_send_again()
    {
        Product.Log.Expect(Refused);
        _topic.Answer = () => throw new HttpRequestException("no route to host");

        Answer failed = await SendAsync(_topic.Notification(Sample("system-events.json")));
        _topic.Answer = () => new HttpResponseMessage(HttpStatusCode.InternalServerError);
        Answer failedAgain = await SendAsync(_topic.Notification(Sample("system-events.json")));
        _topic.Answer = null;

        Assert.Equal([(HttpStatusCode.ServiceUnavailable, "snsUnavailable"), (HttpStatusCode.ServiceUnavailable, "snsUnavailable")], ((Answer[])[failed, failedAgain]).Select(answer => (answer.Status, (string?)answer.Json["code"])));
        Assert.Equal((1, 0, 0), CountsOf(await DeliverAsync(_topic.Notification(Sample("system-events.json")))));
    }

    /// <summary>SNS posts as text, and names the kind of message in a header.</summary>
    private Task<Answer> SendAsync(JsonObject message, string query = "") => Product.SendAsync(
        "POST", $"/api/events{query}", message.ToJsonString(), "text/plain; charset=UTF-8", new Dictionary<string, string>(StringComparer.Ordinal) { ["x-amz-sns-message-type"] = (string)message["Type"]! });

    private async Task<JsonNode> DeliverAsync(JsonObject message)
    {
        Answer answer = await SendAsync(message);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }

    private async Task AssertRefusedAsync(JsonObject message, string says)
    {
        Product.Log.Expect(Refused);

        Answer answer = await SendAsync(message);

        Assert.Equal((HttpStatusCode.Forbidden, "snsMessageRefused"), (answer.Status, (string?)answer.Json["code"]));
        Assert.Contains(says, (string?)answer.Json["title"], StringComparison.Ordinal);
        Assert.Contains(Product.Log.Entries, entry => entry.EventId.Id == Refused);
        Assert.Empty((await Product.GetAsync("/api/alerts"))["items"]!.AsArray());
    }
}
