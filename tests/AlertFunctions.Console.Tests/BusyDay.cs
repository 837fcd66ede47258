using System.Net.Http.Json;
using AlertFunctions.Testing;

namespace AlertFunctions.Console.Tests;

/// <summary>An installation on a busy day, for pictures: alerts of many kinds, some cleared, mail that waits, users and tasks.</summary>
internal static class BusyDay
{
    /// <summary>Name, title in Japanese, severity, message, and the computers on which it is outstanding.</summary>
    private static readonly (string Alert, string Title, string Severity, string Message, string MessageInJapanese, string[] Computers)[] s_alerts =
    [
        ("Malware detected", "不正プログラムの検出", "critical", "Eicar_test_file quarantined in /srv/share/inbox/invoice.zip", "/srv/share/inbox/invoice.zipのEicar_test_fileを隔離しました", ["hq-pc-0142", "hq-pc-0187", "osaka-pc-0031"]),
        ("Service not responding", "サービスの応答なし", "critical", "orders-api: no answer to 5 checks in a row", "orders-api: 5回連続で応答がありません", ["web01", "web02"]),
        ("Backup failed", "バックアップの失敗", "critical", "Nightly backup ended with code 23 after 41 minutes", "夜間バックアップが41分後にコード23で終了しました", ["db02"]),
        ("Disk space low", "ディスクの空き容量不足", "warning", "4 % of 2 TB left on /var/lib/data", "/var/lib/dataの空き容量: 2TB中4%", ["db01", "db02", "tokyo-fs01", "osaka-fs01", "build03", "build04"]),
        ("Certificate expires soon", "証明書の期限切れ間近", "warning", "shop.example.com expires in 6 days", "shop.example.comの有効期限まで6日です", ["lb01"]),
        ("Security updates outstanding", "未適用のセキュリティアップデート", "warning", "14 security updates, the oldest 32 days old", "セキュリティアップデート14件が未適用です (最も古いもの: 32日前)", ["build03", "hq-pc-0142", "hq-pc-0150", "hq-pc-0163"]),
    ];

    private static readonly string[] s_cleared = ["web03", "web04", "mail01"];

    /// <summary>Arranges it.</summary>
    /// <param name="http">The API.</param>
    /// <param name="smtp">Where its mail arrives.</param>
    /// <param name="installation">Whose mail waits.</param>
    /// <param name="language">The language of the computers' messages.</param>
    public static async Task ArrangeAsync(HttpClient http, RealSmtpServer smtp, Installation installation, string language)
    {
        await PutAsync(http, "/api/configuration", new
        {
            alertTypes = s_alerts.Select(type => new { alert = type.Alert, severity = type.Severity, title = new { ja = type.Title, en = type.Alert }, mailWhenCleared = type.Severity == "critical" }),
            users = (object[])
            [
                new { name = "佐藤 花子", email = "hanako.sato@example.com", receiveAlertMail = true, culture = "ja" },
                new { name = "鈴木 太郎", email = "taro.suzuki@example.com", receiveAlertMail = true, culture = "ja" },
                new { name = "Maria Berg", email = "maria.berg@example.com", receiveAlertMail = true, culture = "en", timeZone = "Europe/Stockholm" },
                new { name = "James Park", email = "james.park@example.com", receiveAlertMail = false, culture = "en" },
            ],
            scheduledTasks = (object[])
            [
                new { name = "Every morning", type = "sendAlertSummary", schedule = "0 9 * * 1-5", recipients = new { allUsers = true } },
                new { name = "Monthly report", type = "generateReport", schedule = "0 6 1 * *", recipients = new { addresses = (string[])["cio@example.com"] }, report = new { period = "P1M" } },
            ],
        });

        DateTimeOffset now = DateTimeOffset.UtcNow;
        var events = s_alerts.SelectMany((type, row) => type.Computers.Select((computer, place) => new
        {
            computer,
            alert = type.Alert,
            message = language == "ja" ? type.MessageInJapanese : type.Message,
            time = now.AddMinutes(-17 - (53 * row) - (211 * place)),
            state = "occurred",
        }));
        var over = s_cleared.Select((computer, place) => new { computer, alert = s_alerts[1].Alert, message = "", time = now.AddHours(-7 - place), state = "occurred" });
        await PostAsync(http, [.. events, .. over]);
        await PostAsync(http, [.. over.Select(item => item with { state = "cleared", time = item.time.AddMinutes(38) })]);
        await smtp.WaitForAsync(s_alerts.Length);
        await WaitingMail.AddAsync(installation, 23, _ => "Connection refused: mail.example.com:587");
    }

    private static Task PostAsync(HttpClient http, object[] events) => SendAsync(http.PostAsJsonAsync("/api/events", events));

    private static Task PutAsync(HttpClient http, string path, object body) => SendAsync(http.PutAsJsonAsync(path, body));

    private static async Task SendAsync(Task<HttpResponseMessage> sending)
    {
        using HttpResponseMessage answer = await sending;
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
