using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using MimeKit;

namespace AlertFunctions.Tests.ScheduledTasks;

/// <summary>From the minute that a task is due to its mail (S15).</summary>
public sealed class ScheduledRunTests(AzuriteServer azurite) : ProductTest(azurite)
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Installation.Settings["Mail:AlertEmailAddress"] = "";
        _ = Product; // What a test sets later is for the processes that it starts.
    }

    [Fact]
    public async Task A_summary_tells_each_user_times_in_the_own_zone()
    {
        await Product.SendAsync("PUT", "/api/users/Bob", """{ "email": "bob@example.com", "timeZone": "Europe/Berlin" }""");
        await PutTaskAsync("daily", "sendAlertSummary", "0 12 * * *", """{ "allUsers": true, "addresses": ["ops@example.com"] }""");
        await Product.ReportAsync("端末A", severity: "critical");
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await RunMinuteAsync();

        Assert.Contains("2026-11-24 03:00:00 +01:00", MailTo("bob@example.com").Message.TextBody, StringComparison.Ordinal);
        Assert.Contains("2026-11-24 11:00:00 +09:00", MailTo("ops@example.com").Message.TextBody, StringComparison.Ordinal);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_summary_is_sent_at_its_time_to_everybody_in_their_language()
    {
        await AddUserAsync("花子", "hanako@example.com", "ja");
        await AddUserAsync("Bob", "bob@example.com", "en");
        await AddUserAsync("nobody", null, null);
        await PutTaskAsync("朝の概要", "sendAlertSummary", "0 12 * * *", """{ "allUsers": true, "addresses": ["ops@example.com", "BOB@example.com"] }""");
        await Product.ReportAsync("端末A", severity: "critical");
        await Product.WorkOffQueueAsync();

        await RunMinuteAsync();
        Assert.Empty(Smtp.Accepted);
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await RunMinuteAsync();

        Assert.Equal(["bob@example.com", "hanako@example.com", "ops@example.com"], Recipients());
        MimeMessage japanese = MailTo("hanako@example.com").Message;
        Assert.Equal("未解決アラートの概要: 未解決のアラートが1件あります", japanese.Subject);
        Assert.Contains("■ Eicar (重大、1台)\n端末A - 2026-11-24 11:00:00 +09:00に発生、1時間0分経過", japanese.TextBody!.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal("auto-generated", japanese.Headers[HeaderId.AutoSubmitted]);
        Assert.Equal("alerts@example.com", japanese.From.Mailboxes.Single().Address);
        Assert.Equal(Installation.Clock.GetUtcNow(), japanese.Date);
        Assert.Equal("Outstanding Alert Summary: 1 Outstanding Alert(s)", MailTo("bob@example.com").Message.Subject);
        Assert.Equal(japanese.HtmlBody, MailTo("ops@example.com").Message.HtmlBody);

        Assert.Equal("予約タスク「朝の概要」を開始しました。", Description(Assert.Single(await Product.SystemEventsAsync(564))));
        JsonNode sent = Assert.Single(await Product.SystemEventsAsync(567));
        Assert.Equal("未解決アラートの概要を次の宛先に送信しました: Bob, 花子, ops@example.com", Description(sent));
        Assert.Equal("information", (string?)sent["level"]);
        Assert.Empty(await Product.SystemEventsAsync(197));

        JsonNode task = await Product.GetAsync("/api/scheduled-tasks/朝の概要");
        Assert.Equal(["2026-11-24T03:00:00Z", "2026-11-25T03:00:00Z", "mailed"], Strings(task, "lastRunAt", "nextRunAt", "lastOutcome"));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_report_tells_of_its_period_and_attaches_it()
    {
        await AddUserAsync("花子", "hanako@example.com", "ja");
        SetClock("2026-11-25T14:59:00Z"); // still the 25th in Tokyo
        await Product.ReportAsync("端末0");
        await Product.WorkOffQueueAsync();
        SetClock("2026-11-25T15:00:00Z"); // the 26th
        await Product.ReportAsync("端末A", severity: "critical");
        await Product.ReportAsync("端末B", alert: "=disk");
        await Product.WorkOffQueueAsync();
        SetClock("2026-11-25T17:30:00Z");
        await Product.ReportAsync("端末A", state: "cleared");
        await Product.WorkOffQueueAsync();
        SetClock("2026-11-26T15:30:00Z"); // the 27th: cleared after the period, so open at its end
        await Product.ReportAsync("端末B", alert: "=disk", state: "cleared");
        await Product.ReportAsync("端末C", alert: "=disk");
        await Product.WorkOffQueueAsync();
        await AddUserAsync("gone", "gone@example.com", "ja");
        await PutTaskAsync("日報", "generateReport", "0 9 * * *", """{ "users": ["花子", "gone"] }""", "P1D");
        await Product.SendAsync("DELETE", "/api/users/gone");
        SetClock("2026-11-27T00:00:00Z");

        await RunMinuteAsync();

        MimeMessage message = MailTo("hanako@example.com").Message;
        Assert.Equal("アラートレポート: 2026-11-26 - 2026-11-26", message.Subject);
        Assert.Equal(
            """
            対象期間: 2026-11-26 - 2026-11-26 (Asia/Tokyo)
            発令: 2件 / 解消: 1件 / 期間終了時に未解決: 2件
            解消までの時間: 平均2時間30分、最長2時間30分
            メール: 送信0件 / 再送0件 / 送信断念0件
            詳細は添付ファイルを参照してください。

            コンソールを開く: https://alerts.example.com

            このメールは自動送信されています。返信はできません。

            """,
            message.TextBody!.ReplaceLineEndings("\n"));
        byte[] csv = ScheduledMailTests.Decode(ScheduledMailTests.Attachment(message.Body!, ".csv"));
        Assert.Equal([0xEF, 0xBB, 0xBF], csv[..3]);
        Assert.Contains("日別,2026-11-26,2,1,\r\n", System.Text.Encoding.UTF8.GetString(csv), StringComparison.Ordinal);
        Assert.Contains("アラート別,'=disk,1,0,\r\n", System.Text.Encoding.UTF8.GetString(csv), StringComparison.Ordinal);
        Assert.Contains("<img src=\"cid:chart@report\"", message.HtmlBody!, StringComparison.Ordinal);
        MimePart chart = message.BodyParts.OfType<MimePart>().Single(part => part.ContentType.IsMimeType("image", "png"));
        Assert.Equal("chart@report", chart.ContentId);
        Assert.Equal("レポートを次の宛先に送信しました: 花子", Description(Assert.Single(await Product.SystemEventsAsync(570))));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_report_counts_mail_that_was_sent_re_sent_and_given_up()
    {
        Installation.Settings["Mail:AlertEmailAddress"] = "ops@example.com";
        ProductProcess product = Installation.Start();
        product.Log.Expect(201);
        await AddUserAsync("花子", "gone@example.com", "ja", receives: true);
        Smtp.On(SmtpStep.Recipient, "gone@example.com").Reply("550 5.1.1 no such user");
        await product.ReportAsync("端末A");
        await product.WorkOffQueueAsync();
        Smtp.StopListening();
        await product.ReportAsync("端末B", alert: "disk");
        await product.WorkOffQueueAsync();
        Smtp.StartListening();
        for (int hour = 0; hour < 4; hour++)
        {
            Installation.Clock.Advance(TimeSpan.FromHours(1));
            await product.SendAllDueAsync();
            await product.WorkOffQueueAsync();
        }

        Installation.Clock.Advance(TimeSpan.FromDays(1));
        await PutTaskAsync("日報", "generateReport", "0 9 * * *", """{ "addresses": ["report@example.com"] }""", "P1D");
        Assert.Equal(HttpStatusCode.Accepted, (await product.SendAsync("POST", "/api/scheduled-tasks/日報/run")).Status);
        await product.WorkOffQueueAsync();

        Assert.Contains("メール: 送信2件 / 再送1件 / 送信断念2件", MailTo("report@example.com").Message.TextBody!, StringComparison.Ordinal);
        string csv = System.Text.Encoding.UTF8.GetString(ScheduledMailTests.Decode(ScheduledMailTests.Attachment(MailTo("report@example.com").Message.Body!, ".csv")));
        Assert.Contains("送信断念の理由,550 5.1.1 no such user,,,2\r\n", csv, StringComparison.Ordinal);
        Assert.Contains("(パターン1),,,1\r\n", csv, StringComparison.Ordinal);
        int refusals = (await product.SystemEventsAsync(569)).Count(failure => (int?)failure["data"]!["pattern"] == 3);
        Assert.Contains($"(パターン3),,,{refusals}\r\n", csv, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_processes_run_a_task_once()
    {
        await PutTaskAsync("daily", "sendAlertSummary", "0 12 * * *", """{ "addresses": ["ops@example.com"] }""");
        ProductProcess[] processes = [Product, .. Enumerable.Range(0, 5).Select(_ => Installation.Start())];
        for (int day = 1; day <= 3; day++)
        {
            Installation.Clock.Advance(TimeSpan.FromDays(1));
            await Task.WhenAll(processes.Select(process => process.Get<MinuteRun>().RunAsync(CancellationToken.None)));
            await Task.WhenAll(processes.Select(process => process.HandleAsync("tasks")));
            await Task.WhenAll(processes.Select(process => process.WorkOffQueueAsync()));
            await Product.SendAllDueAsync();
            Assert.Equal(day, (await Product.SystemEventsAsync(564)).Count);
            Assert.Equal(day, Smtp.Accepted.Count);
        }

        Assert.Equal(3, Smtp.Accepted.Select(mail => mail.MessageId).Distinct(StringComparer.Ordinal).Count());
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Runs_that_were_missed_are_made_up_for_once_with_the_days_of_the_last_of_them()
    {
        await PutTaskAsync("weekly", "generateReport", "0 9 * * 1", """{ "addresses": ["ops@example.com"] }""", "P1W");
        SetClock("2026-12-16T05:00:00Z"); // a Wednesday; the 30th, the 7th and the 14th were missed

        await RunMinuteAsync();
        await RunMinuteAsync();

        Assert.Equal("アラートレポート: 2026-12-07 - 2026-12-13", Assert.Single(Smtp.Accepted).Message.Subject);
        Assert.Equal("2026-12-21T00:00:00Z", (string?)(await Product.GetAsync("/api/scheduled-tasks/weekly"))["nextRunAt"]);
    }

    [Fact]
    public async Task A_run_keeps_its_recipients_and_period_though_the_task_is_changed_or_removed()
    {
        await PutTaskAsync("weekly", "generateReport", "0 12 * * *", """{ "addresses": ["first@example.com"] }""", "P1W");
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        await PutTaskAsync("weekly", "sendAlertSummary", "0 12 * * *", """{ "addresses": ["second@example.com"] }""");
        Assert.Equal(HttpStatusCode.NoContent, (await Product.SendAsync("DELETE", "/api/scheduled-tasks/weekly")).Status);

        await Product.WorkOffQueueAsync();

        ReceivedMail mail = Assert.Single(Smtp.Accepted);
        Assert.Equal("first@example.com", mail.Recipient);
        Assert.Equal("アラートレポート: 2026-11-17 - 2026-11-23", mail.Message.Subject);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_task_can_be_run_now_enabled_or_not()
    {
        await PutTaskAsync("daily", "sendAlertSummary", "0 12 * * *", """{ "addresses": ["ops@example.com"] }""", enabled: false);
        Installation.Clock.Advance(TimeSpan.FromDays(2));
        await RunMinuteAsync();
        Assert.Empty(Smtp.Accepted);

        Answer answer = await Product.SendAsync("POST", "/api/scheduled-tasks/daily/run");
        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        Assert.Equal(["2026-11-26T02:00:00Z", null, "started"], Strings(answer.Json, "lastRunAt", "nextRunAt", "lastOutcome"));
        await Product.WorkOffQueueAsync();

        Assert.Equal("未解決アラートの概要: 未解決のアラートはありません", Assert.Single(Smtp.Accepted).Message.Subject);
        Assert.Equal("mailed", (string?)(await Product.GetAsync("/api/scheduled-tasks/daily"))["lastOutcome"]);
    }

    [Fact]
    public async Task A_report_that_somebody_asks_for_includes_today_up_to_now()
    {
        SetClock("2026-11-25T16:00:00Z"); // the 26th in Tokyo
        await Product.ReportAsync("端末A");
        await Product.WorkOffQueueAsync();
        Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        await PutTaskAsync("週報", "generateReport", "0 9 * * 1", """{ "addresses": ["boss@example.com"] }""", "P7D");

        await Product.SendAsync("POST", "/api/scheduled-tasks/週報/run");
        await Product.WorkOffQueueAsync();

        MimeMessage message = MailTo("boss@example.com").Message;
        Assert.Equal("アラートレポート: 2026-11-19 - 2026-11-26", message.Subject);
        Assert.Contains("発令: 1件 / 解消: 0件 / 期間終了時に未解決: 1件", message.TextBody!, StringComparison.Ordinal);
        byte[] csv = ScheduledMailTests.Decode(ScheduledMailTests.Attachment(message.Body!, ".csv"));
        Assert.Contains("日別,2026-11-25,0,0,\r\n日別,2026-11-26,1,0,\r\n", System.Text.Encoding.UTF8.GetString(csv), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_whose_wake_up_was_lost_is_found_by_the_minute_timer()
    {
        await PutTaskAsync("daily", "sendAlertSummary", "0 12 * * *", """{ "addresses": ["ops@example.com"] }""");
        Product.Log.Expect(101);
        Product.Storage.When(call => call.Label == "POST outgoing-mail/messages").FailToConnect();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        Product.Storage.Heal();
        await RunMinuteAsync();
        Assert.Empty(Smtp.Accepted);

        Installation.Clock.Advance(TimeSpan.FromMinutes(2));
        await RunMinuteAsync();
        Assert.Single(Smtp.Accepted);
    }

    [Fact]
    public async Task While_the_server_is_down_the_same_bytes_are_tried_each_hour_and_wait_as_all_mail_does()
    {
        Product.Log.Expect(201);
        await Product.ReportAsync("端末A");
        await Product.WorkOffQueueAsync();
        await PutTaskAsync("daily", "sendAlertSummary", "0 12 * * *", """{ "addresses": ["ops@example.com", "second@example.com"] }""");
        Smtp.StopListening();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await RunMinuteAsync();

        JsonNode failed = Assert.Single(await Product.SystemEventsAsync(569));
        Assert.Equal("SMTPコンピュータに接続できません: 127.0.0.1。", Description(failed));
        JsonNode waiting = Assert.Single((await Product.GetAsync("/api/mail"))["items"]!.AsArray())!;
        Assert.Equal(["summary", null, "未解決アラートの概要: 未解決のアラートが1件あります", "2026-11-24T04:00:00Z"], Strings(waiting, "kind", "alert", "subject", "nextAttemptAt"));
        Assert.Equal(2, waiting["recipients"]!.AsArray().Count);
        Assert.Equal("mailed", (string?)(await Product.GetAsync("/api/scheduled-tasks/daily"))["lastOutcome"]);

        // What changes meanwhile changes nothing of it.
        await Product.ReportAsync("端末B");
        await Product.WorkOffQueueAsync();
        await Product.SendAsync("DELETE", "/api/scheduled-tasks/daily");
        Smtp.StartListening();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        SmtpRule refused = Smtp.On(SmtpStep.Body, "ops@example.com").Once().Reply("550 5.7.1 not now");
        await RunMinuteAsync();
        Assert.Equal(["second@example.com"], Recipients());
        Assert.Equal(
            "件名「未解決アラートの概要: 未解決のアラートが1件あります」のメッセージをops@example.comに送信できませんでした。あと2回再送信されます。",
            Description((await Product.SystemEventsAsync(569))[^1]));
        Assert.NotEmpty(await BlobsAsync());

        refused.Remove();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await RunMinuteAsync();
        Assert.Equal(BodyOf(MailTo("second@example.com")), BodyOf(MailTo("ops@example.com")));
        Assert.Equal(Installation.Clock.GetUtcNow(), MailTo("ops@example.com").Message.Date);
        Assert.NotEqual(MailTo("second@example.com").MessageId, MailTo("ops@example.com").MessageId);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Each_attempt_carries_the_same_Message_ID_and_the_third_refusal_is_the_last()
    {
        await PutTaskAsync("daily", "generateReport", "0 12 * * *", """{ "addresses": ["gone@example.com"] }""", "P1D");
        Smtp.On(SmtpStep.Body).Reply("550 5.7.1 refused");
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        for (int hour = 0; hour < 5; hour++)
        {
            await RunMinuteAsync();
            Installation.Clock.Advance(TimeSpan.FromHours(1));
        }

        List<JsonNode> failures = await Product.SystemEventsAsync(569);
        Assert.Equal(3, failures.Count);
        Assert.Single(failures.Select(failure => (string?)failure["data"]!["messageId"]).Distinct(StringComparer.Ordinal));
        Assert.Empty(await Product.SystemEventsAsync(570));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Scheduled_mail_asks_for_no_flush_but_is_sent_by_one()
    {
        Installation.Settings["Mail:AlertEmailAddress"] = "ops@example.com";
        ProductProcess product = Installation.Start();
        product.Log.Expect(201);
        Product.Log.Expect(201);
        await PutTaskAsync("daily", "sendAlertSummary", "0 12 * * *", """{ "addresses": ["reader@example.com"] }""");
        Smtp.StopListening();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await RunMinuteAsync();
        Smtp.StartListening();
        Installation.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(HttpStatusCode.Accepted, (await product.SendAsync("POST", "/api/scheduled-tasks/daily/run")).Status);
        List<string> handled = await product.WorkOffQueueAsync();
        Assert.DoesNotContain("flush", handled);
        Assert.Single(Smtp.Accepted);

        await product.ReportAsync("端末A");
        handled = await product.WorkOffQueueAsync();
        Assert.Contains("flush", handled);
        Assert.Equal(["ops@example.com", "reader@example.com", "reader@example.com"], Recipients());
    }

    [Theory]
    [InlineData("sendAlertSummary", 568, "予約タスク「daily」で未解決アラートの概要を送信できませんでした: ")]
    [InlineData("generateReport", 571, "予約タスク「daily」でレポートを送信できませんでした: ")]
    public async Task Without_a_server_the_mail_waits_and_each_attempt_is_told(string type, int number, string begin)
    {
        ProductProcess product = Installation.Start(new Dictionary<string, string?>(StringComparer.Ordinal) { ["Smtp:Server"] = "" });
        product.Log.Expect(201);
        await PutTaskAsync("daily", type, "0 12 * * *", """{ "addresses": ["ops@example.com"] }""", type == "generateReport" ? "P1D" : null);
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        await product.WorkOffQueueAsync();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await product.SendAllDueAsync();

        List<JsonNode> told = await product.SystemEventsAsync(number);
        Assert.Equal(2, told.Count);
        Assert.All(told, item => Assert.Equal($"{begin}SMTPメールサーバアドレスが設定されていません。メールは保持され、1時間毎に再送を試みます。", Description(item)));
        Assert.All(told, item => Assert.Equal("warning", (string?)item["level"]));
        Assert.Empty(await product.SystemEventsAsync(198));

        await Product.SendAllDueAsync();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await Product.SendAllDueAsync();
        Assert.Single(Smtp.Accepted);
    }

    [Fact]
    public async Task A_run_that_nobody_gets_is_told_and_done()
    {
        await AddUserAsync("花子", null, "ja");
        await AddUserAsync("gone", null, "ja");
        await PutTaskAsync("daily", "sendAlertSummary", "0 12 * * *", """{ "users": ["花子", "gone"] }""");
        await Product.SendAsync("DELETE", "/api/users/gone");
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await RunMinuteAsync();

        Assert.Equal("予約タスク「daily」で未解決アラートの概要を送信できませんでした: メールアドレスのある宛先がありません。", Description(Assert.Single(await Product.SystemEventsAsync(568))));
        Assert.Single(await Product.SystemEventsAsync(564));
        Assert.Equal("noRecipients", (string?)(await Product.GetAsync("/api/scheduled-tasks/daily"))["lastOutcome"]);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_body_that_was_taken_away_is_told_each_hour_and_the_mail_waits()
    {
        Product.Log.Expect(204).Expect(201);
        await PutTaskAsync("daily", "generateReport", "0 12 * * *", """{ "addresses": ["ops@example.com"] }""", "P1D");
        Smtp.StopListening();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await RunMinuteAsync();
        foreach (string blob in await BlobsAsync())
        {
            await Container().GetBlobClient(blob).DeleteAsync();
        }

        Smtp.StartListening();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await RunMinuteAsync();

        Assert.Contains("予約タスク「daily」でレポートを送信できませんでした: ", Description(Assert.Single(await Product.SystemEventsAsync(571))), StringComparison.Ordinal);
        Assert.Single((await Product.GetAsync("/api/mail"))["items"]!.AsArray());
    }

    [Fact]
    public async Task More_than_fifty_recipients_make_several_mails_of_the_same_bytes()
    {
        string[] addresses = [.. Enumerable.Range(0, 120).Select(number => string.Create(CultureInfo.InvariantCulture, $"reader{number:000}@example.com"))];
        await PutTaskAsync("daily", "generateReport", "0 12 * * *", new JsonObject { ["addresses"] = new JsonArray([.. addresses.Select(address => JsonValue.Create(address))]) }.ToJsonString(), "P1D");
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await RunMinuteAsync();

        Assert.Equal(addresses, Recipients());
        Assert.Single(Smtp.Accepted.Select(BodyOf).Distinct(StringComparer.Ordinal));
        Assert.Equal(120, Smtp.Accepted.Select(mail => mail.MessageId).Distinct(StringComparer.Ordinal).Count());
        Assert.Single(await Product.SystemEventsAsync(564));
        List<JsonNode> sent = await Product.SystemEventsAsync(570);
        Assert.All(sent, item => Assert.InRange(((string?)item["data"]!["addresses"])!.Split(", ").Length, 1, 25));
        Assert.Equal(120, sent.Sum(item => ((string?)item["data"]!["addresses"])!.Split(", ").Length));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Runs_never_fold_into_one_mail()
    {
        await PutTaskAsync("daily", "sendAlertSummary", "0 12 * * *", """{ "addresses": ["ops@example.com"] }""");
        for (int run = 0; run < 3; run++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await Product.SendAsync("POST", "/api/scheduled-tasks/daily/run")).Status);
        }

        await Product.WorkOffQueueAsync();
        Assert.Equal(3, Smtp.Accepted.Count);
        Assert.Equal(3, (await Product.SystemEventsAsync(564)).Count);
    }

    [Fact]
    public async Task A_summary_names_the_hundred_oldest_computers_of_a_type_and_counts_the_others()
    {
        var events = new JsonArray();
        for (int number = 0; number < 130; number++)
        {
            events.Add(new JsonObject { ["computer"] = string.Create(CultureInfo.InvariantCulture, $"pc-{number:000}"), ["alert"] = "Eicar", ["time"] = Installation.Clock.GetUtcNow().AddMinutes(-number).ToString("O", CultureInfo.InvariantCulture) });
        }

        await Product.PostEventsAsync(events.ToJsonString());
        await PutTaskAsync("daily", "sendAlertSummary", "0 12 * * *", """{ "addresses": ["ops@example.com"] }""");
        await Product.SendAsync("POST", "/api/scheduled-tasks/daily/run");
        await Product.WorkOffQueueAsync();

        string[] lines = MailTo("ops@example.com").Message.TextBody!.ReplaceLineEndings("\n").Split('\n');
        Assert.Equal(Enumerable.Range(30, 100).Reverse().Select(number => string.Create(CultureInfo.InvariantCulture, $"pc-{number:000}")), lines.Where(line => line.StartsWith("pc-", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]));
        Assert.Contains("■ Eicar (警告、130台)", lines);
        Assert.Contains("ほか30台", lines);
    }

    [Fact]
    public async Task Rule_2_a_storage_fault_between_claim_and_first_envelope_gives_the_claim_back()
    {
        Product.Log.Expect(201);
        await PutTaskAsync("daily", "sendAlertSummary", "0 12 * * *", """{ "addresses": ["ops@example.com"] }""");
        Smtp.StopListening();
        await Product.SendAsync("POST", "/api/scheduled-tasks/daily/run");
        await Product.WorkOffQueueAsync();
        Smtp.StartListening();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        TableEntity before = await MailRowAsync();

        // The bodies are read once the mail is claimed.
        Product.Storage.When(call => call is { Service: StorageService.Blob, Method: "GET" }).FailToConnect();
        await Assert.ThrowsAnyAsync<Exception>(() => Product.HandleAsync($"send|{Shard.OfScheduledTasks.Key}|0"));

        TableEntity after = await MailRowAsync();
        Assert.NotEqual(before.ETag, after.ETag);
        Assert.True(after.GetDateTimeOffset("ClaimedUntil") < Installation.Clock.GetUtcNow());
        Product.Storage.Heal();
        await Product.HandleAsync($"send|{Shard.OfScheduledTasks.Key}|0");
        Assert.Single(Smtp.Accepted);

        async Task<TableEntity> MailRowAsync() => Assert.Single(await Installation.RowsAsync("Work", "mail|"));
    }

    [Fact]
    public async Task Bodies_that_no_mail_needs_are_removed_and_those_that_wait_are_kept()
    {
        Product.Log.Expect(201);
        await PutTaskAsync("daily", "sendAlertSummary", "0 12 * * *", """{ "addresses": ["ops@example.com"] }""");
        Smtp.StopListening();
        await Product.SendAsync("POST", "/api/scheduled-tasks/daily/run");
        await Product.WorkOffQueueAsync();
        string waits = Assert.Single(await BlobsAsync());
        Ulid lost = Ulid.NewUlid(Installation.Clock.GetUtcNow());
        await Container().GetBlobClient($"{lost}/{lost}.ja").UploadAsync(BinaryData.FromString("lost"));
        await Container().GetBlobClient("somebody else's").UploadAsync(BinaryData.FromString("kept"));

        await Product.Get<ExpiredRows>().RemoveAsync(CancellationToken.None);
        Assert.Equal(3, (await BlobsAsync()).Count);
        Installation.Clock.Advance(TimeSpan.FromHours(2));
        await Product.Get<ExpiredRows>().RemoveAsync(CancellationToken.None);

        Assert.Equal(new[] { "somebody else's", waits }.Order(StringComparer.Ordinal), (await BlobsAsync()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_task_whose_row_cannot_be_read_keeps_no_other_from_running()
    {
        await PutTaskAsync("broken", "sendAlertSummary", "0 12 * * *", """{ "addresses": ["ops@example.com"] }""");
        await PutTaskAsync("daily", "sendAlertSummary", "0 12 * * *", """{ "addresses": ["ops@example.com"] }""");
        TableEntity row = (await Installation.RowsAsync("Work", "task|broken")).Single();
        await Installation.Table("Work").UpdateEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { ["TimeZone"] = "Mars/Olympus" }, row.ETag, TableUpdateMode.Merge);
        Installation.Clock.Advance(TimeSpan.FromHours(1));

        await RunMinuteAsync();
        await RunMinuteAsync();

        Assert.Single(Smtp.Accepted);
        Assert.Contains("Mars/Olympus", Description(Assert.Single(await Product.SystemEventsAsync(199))), StringComparison.Ordinal);
    }

    private static string Description(JsonNode systemEvent) => (string)systemEvent["description"]!;

    private static string?[] Strings(JsonNode node, params string[] names) => [.. names.Select(name => (string?)node[name])];

    private static string BodyOf(ReceivedMail mail)
    {
        string raw = System.Text.Encoding.ASCII.GetString(mail.Raw).ReplaceLineEndings("\n");
        return raw[raw.IndexOf("\n\n", StringComparison.Ordinal)..];
    }

    private List<string> Recipients() => [.. Smtp.Accepted.Select(mail => mail.Recipient).Order(StringComparer.Ordinal)];

    private ReceivedMail MailTo(string address) => Smtp.Accepted.Last(mail => mail.Recipient == address);

    private void SetClock(string time) => Installation.Clock.SetUtcNow(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture));

    private async Task RunMinuteAsync()
    {
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        await Product.WorkOffQueueAsync();
    }

    private async Task AddUserAsync(string name, string? address, string? culture, bool receives = false)
    {
        Answer answer = await Product.SendAsync("PUT", $"/api/users/{name}", new JsonObject { ["email"] = address, ["culture"] = culture, ["receiveAlertMail"] = receives }.ToJsonString());
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
    }

    private async Task PutTaskAsync(string name, string type, string schedule, string recipients, string? period = null, bool enabled = true)
    {
        var task = new JsonObject { ["type"] = type, ["schedule"] = schedule, ["timeZone"] = "Asia/Tokyo", ["recipients"] = JsonNode.Parse(recipients), ["enabled"] = enabled };
        if (period is not null)
        {
            task["report"] = new JsonObject { ["period"] = period };
        }

        Answer answer = await Product.SendAsync("PUT", $"/api/scheduled-tasks/{name}", task.ToJsonString());
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
    }

    private BlobContainerClient Container() => Product.Get<StorageClients>().Reports;

    private async Task<List<string>> BlobsAsync()
    {
        var names = new List<string>();
        await foreach (Azure.Storage.Blobs.Models.BlobItem blob in Container().GetBlobsAsync())
        {
            names.Add(blob.Name);
        }

        return names;
    }

    /// <summary>No run, no mail and no body is left when all is sent.</summary>
    private async Task AssertNothingIsLeftAsync()
    {
        Assert.Empty(await Installation.RowsAsync("Work", "taskrun|"));
        Assert.Empty(await Installation.RowsAsync("Work", "mail|"));
        Assert.Empty(await BlobsAsync());
    }
}
