using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>The settings of alert types (S1), changed in the console and obeyed by the next event.</summary>
public sealed class AlertSettingsPageTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    private const string Address = "#/alert-settings";

    [Fact]
    public async Task A_title_and_a_switch_that_are_changed_are_obeyed_by_the_next_event()
    {
        await RegisterAsync("Eicar");
        IPage page = await OpenAsync(Address);
        await page.GetByLabel("Title, Japanese: Eicar").FillAsync("マルウェア検出");
        await ChangeAsync(page, () => page.Keyboard.PressAsync("Enter"));
        await Expect(page.GetByText("Saved: Eicar")).ToBeVisibleAsync();
        await ChangeAsync(page, () => page.GetByLabel("Send a mail when this alert is cleared: Eicar").CheckAsync());

        await ReportAsync(new { computer = "web01", alert = "Eicar" });
        await Smtp.WaitForAsync(1);
        await ReportAsync(new { computer = "web01", alert = "Eicar", state = "cleared" });
        await Smtp.WaitForAsync(2);
        Assert.All(Smtp.Messages, message => Assert.Contains("マルウェア検出", message.Message.Subject, StringComparison.Ordinal));

        await ChangeAsync(page, () => page.GetByLabel("Enabled: Eicar").UncheckAsync());
        Assert.Empty((await ReportAsync(new { computer = "web01", alert = "Eicar" }))["raised"]!.AsArray());
    }

    [Fact]
    public async Task Many_types_are_changed_at_once_and_only_the_rows_in_view_are_in_the_document()
    {
        const int all = 1_000;
        await RegisterAsync([.. Enumerable.Range(0, all).Select(number => $"Alert {number:0000}")]);
        IPage page = await OpenAsync(Address);
        await Expect(page.GetByText("1,000 of 1,000 alert types")).ToBeVisibleAsync();
        Assert.InRange(await page.Locator("tr[data-index]").CountAsync(), 1, 100);

        await page.GetByLabel("Select all that are shown").CheckAsync();
        await page.GetByLabel("Change all selected").And(page.GetByRole(AriaRole.Combobox)).SelectOptionAsync("critical");
        await page.GetByRole(AriaRole.Button, new() { Name = "Apply" }).ClickAsync();
        await Expect(page.GetByText("1,000 alert types changed.")).ToBeVisibleAsync();
        Assert.All((await TypesAsync()).Values, type => Assert.Equal("critical", (string?)type["severity"]));
    }

    [Fact]
    public async Task A_type_that_somebody_else_has_changed_is_not_overwritten_unseen()
    {
        await RegisterAsync("Eicar");
        IPage page = await OpenAsync(Address, look: new("ja", "light", 1280));
        await Expect(page.GetByLabel("有効: Eicar")).ToBeCheckedAsync();
        await Http.PatchAsJsonAsync("/api/alert-types", new { alert = "Eicar", severity = "critical" });

        await page.GetByLabel("有効: Eicar").ClickAsync();
        ILocator dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("ほかの人が先に変更したため、保存していません。");
        await Expect(dialog.GetByRole(AriaRole.Row, new() { Name = "重要度" })).ToHaveCountAsync(0); // nobody contests it
        await Expect(dialog.GetByRole(AriaRole.Row, new() { Name = "有効 オン オフ" })).ToBeVisibleAsync();
        Assert.True((bool?)(await TypesAsync())["Eicar"]["enabled"]);

        await dialog.GetByRole(AriaRole.Button, new() { Name = "自分の変更を保存" }).ClickAsync();
        await Expect(page.GetByText("保存しました: Eicar")).ToBeVisibleAsync();
        JsonNode type = (await TypesAsync())["Eicar"];
        Assert.False((bool?)type["enabled"]);
        Assert.Equal("critical", (string?)type["severity"]);
    }

    [Fact]
    public async Task A_read_key_sees_the_settings_and_is_told_why_it_cannot_change_them()
    {
        await RegisterAsync("Eicar");
        IPage page = await OpenAsync(Address, ReadKey);
        ILocator enabled = page.GetByLabel("Enabled: Eicar");
        await Expect(enabled).ToHaveAttributeAsync("aria-disabled", "true");
        await Expect(enabled).ToHaveAttributeAsync("title", "This key may only read. Sign in with a key that may make changes.");
        await enabled.ClickAsync(new() { Force = true });
        await Expect(enabled).ToBeCheckedAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Add alert type" })).ToHaveAttributeAsync("aria-disabled", "true");
    }

    [Fact]
    public async Task The_alerts_of_Deep_Security_are_imported_and_those_that_are_there_keep_their_settings()
    {
        IPage page = await OpenAsync(Address);
        await page.GetByRole(AriaRole.Button, new() { Name = "Import Deep Security's alerts" }).ClickAsync();
        await page.GetByLabel("Language of Deep Security Manager").SelectOptionAsync("en");
        await page.GetByRole(AriaRole.Button, new() { Name = "Import", Exact = true }).ClickAsync();
        await Expect(page.GetByText("0 were there and keep their settings.")).ToBeVisibleAsync();
        Assert.Contains("Abnormal Restart Detected", (await TypesAsync()).Keys);
    }

    [Fact]
    public async Task What_an_event_would_do_is_shown_with_who_gets_the_mail_and_who_does_not_and_why()
    {
        await RegisterAsync("Eicar");
        await Http.PutAsJsonAsync("/api/users/hanako", new { email = "hanako@example.com", receiveAlertMail = true });
        await Http.PutAsJsonAsync("/api/users/taro", new { email = "taro@example.com" });
        IPage page = await OpenAsync(Address);
        await page.GetByRole(AriaRole.Button, new() { Name = "What would an event do?" }).ClickAsync();
        ILocator dialog = page.GetByRole(AriaRole.Dialog);
        await page.Keyboard.PressAsync("Tab");
        await dialog.GetByLabel("Alert type").FillAsync("Eicar");
        await page.Keyboard.PressAsync("Enter");
        await Expect(dialog.GetByLabel("Computer")).ToHaveAttributeAsync("aria-invalid", "true");

        await dialog.GetByLabel("Computer").FillAsync("web01");
        await page.Keyboard.PressAsync("Enter");
        await Expect(dialog).ToContainTextAsync("It would raise Eicar on web01.");
        await Expect(dialog).ToContainTextAsync("hanako (ja)");
        await Expect(dialog).ToContainTextAsync("Do not receive alert mail (1)taro");
        Assert.Empty((await Http.GetFromJsonAsync<JsonNode>("/api/alerts"))!["items"]!.AsArray());
    }

    [Fact]
    public async Task The_focus_and_what_is_being_typed_survive_a_refresh()
    {
        await RegisterAsync("Eicar", "Disk space low");
        IPage page = await OpenAsync(Address);
        ILocator title = page.GetByLabel("Title, English: Eicar");
        await title.FillAsync("Malware fou");
        await ReportAsync(new { computer = "web01", alert = "A new type" });
        await page.EvaluateAsync("import('/data/overview.js').then(module => module.refresh({ changed: true }))");
        await Expect(page.GetByLabel("Enabled: A new type")).ToBeVisibleAsync();
        await Expect(title).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("nd");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("Saved: Eicar")).ToBeVisibleAsync();
        Assert.Equal("Malware found", (string?)(await TypesAsync())["Eicar"]["title"]!["en"]);
    }

    [Fact]
    public async Task While_the_server_does_not_answer_the_last_settings_stay_greyed_and_a_change_says_why_it_was_not_saved()
    {
        await RegisterAsync("Eicar");
        IPage page = await OpenAsync(Address, look: new("ja", "light", 1280));
        ILocator enabled = page.Locator(".stale").GetByLabel("有効: Eicar");
        await Expect(page.GetByLabel("有効: Eicar")).ToBeCheckedAsync();
        await page.Context.SetOfflineAsync(true);
        await RefreshAsync(page);
        await Expect(page.GetByText("時点の状態を表示しています。")).ToBeVisibleAsync();
        await Expect(enabled).ToBeCheckedAsync();
        await enabled.ClickAsync();
        await Expect(page.Locator(".toast")).ToContainTextAsync("サーバが応答しません。ネットワークを確認してください。");
        await Expect(enabled).ToBeCheckedAsync();
    }

    private async Task RegisterAsync(params string[] names)
    {
        await StartAsync();
        (await Http.PutAsJsonAsync("/api/configuration", new { alertTypes = names.Select(alert => new { alert }) })).EnsureSuccessStatusCode();
    }

    private async Task<Dictionary<string, JsonNode>> TypesAsync() =>
        (await Http.GetFromJsonAsync<JsonNode>("/api/alert-types"))!["items"]!.AsArray().ToDictionary(type => (string)type!["alert"]!, type => type!);
}
