using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>Every task, by Tab, Enter, Space, the arrow keys and typing alone; the focus is seen at each step, stays when the page reads its data again, and is returned after a dialog.</summary>
public sealed class KeyboardTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    private const AriaRole Button = AriaRole.Button;
    private const AriaRole Checkbox = AriaRole.Checkbox;
    private const AriaRole Textbox = AriaRole.Textbox;

    [Fact]
    public async Task Signing_in_choosing_language_zone_and_theme_and_signing_out()
    {
        await ReportAsync(new { computer = "web01", alert = "Eicar" });
        (IPage page, Keyboard keyboard) = await OpenForKeyboardAsync("#/alerts?view=list", key: null);
        await Expect(page.GetByLabel("Key")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(ManageKey);
        await keyboard.PressAsync("Enter");

        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Alerts" })).ToBeFocusedAsync();
        await keyboard.ToAsync(AriaRole.Link, "Skip to content", back: true);
        await keyboard.PressAsync("Enter");
        await Expect(page.Locator("main")).ToBeFocusedAsync();
        await keyboard.PressAsync(Button, "Display");
        await keyboard.ChooseAsync("Time zone", "UTC (UTC)");
        await Expect(page.Locator("td time")).ToHaveTextAsync(Pattern("GMT(\\+0)?$|UTC$"));
        await keyboard.ChooseAsync("Theme", "Dark");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await keyboard.ToAsync(AriaRole.Combobox, "Language");
        await keyboard.PressAsync("Home");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "アラート" })).ToBeVisibleAsync();
        await Expect(page.GetByLabel("言語")).ToBeFocusedAsync();
        await keyboard.PressAsync("Escape");
        await keyboard.FindsFocusAtAsync(Button, "表示設定");

        await keyboard.PressAsync(Button, "サインアウト");
        await Expect(page.GetByLabel("キー")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task The_pages_are_reached_in_a_narrow_window()
    {
        (IPage page, Keyboard keyboard) = await OpenForKeyboardAsync("#/alerts", look: Look.Default with { Width = 390 });
        await keyboard.PressAsync(Button, "Menu");
        await keyboard.PressAsync(AriaRole.Link, "Users");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Users" })).ToBeFocusedAsync();
        await Expect(page.GetByRole(AriaRole.Navigation)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Filtering_alerts_and_clearing_one_and_many_with_a_note()
    {
        await ReportAsync([.. Enumerable.Range(1, 6).Select(number => new { computer = $"pc-{number}", alert = "Eicar", severity = "critical" }), new { computer = "pc-1", alert = "Disk", severity = "warning" }]);
        (IPage page, Keyboard keyboard) = await OpenForKeyboardAsync("#/alerts?view=list");
        await Expect(page.GetByText("7 in all")).ToBeVisibleAsync();
        await keyboard.ChooseAsync("Severity", "Critical");
        await Expect(page.GetByText("6 in all")).ToBeVisibleAsync();
        await keyboard.ToAsync(AriaRole.Searchbox, "Text in alert, computer or details");
        await page.Keyboard.TypeAsync("pc");

        await keyboard.ToAsync(Button, "Clear Eicar on pc-2?");
        await RefreshAsync(page);
        await Expect(page.Locator("main [aria-busy=true]")).ToHaveCountAsync(0);
        await keyboard.FindsFocusAtAsync(Button, "Clear Eicar on pc-2?");
        await keyboard.PressAsync("Enter");
        await keyboard.FindsFocusAtAsync(Textbox, "Note, for the mail and the record");
        await page.Keyboard.TypeAsync("File removed");
        await keyboard.TypeAsync(Textbox, "Your name, for the record", "hanako");
        await keyboard.ToAsync(Textbox, "Note, for the mail and the record", back: true);
        await keyboard.PressAsync(Button, "Clear 1 alert(s)");
        await Expect(page.GetByText("1 alert(s) cleared.")).ToBeVisibleAsync();
        await Expect(page.GetByText("5 in all")).ToBeVisibleAsync();
        await Expect(page.Locator("td[data-name=clear] button:focus")).ToHaveCountAsync(1); // the row in its place has the focus

        await keyboard.PressAsync(Checkbox, "Select Eicar, pc-4", "Space");
        await keyboard.PressAsync("ArrowDown");
        await keyboard.PressAsync("Space");
        await keyboard.PressAsync(Button, "Clear 2 selected");
        await keyboard.PressAsync(Button, "Clear 2 alert(s)");
        await Expect(page.GetByText("3 in all")).ToBeVisibleAsync();
        await keyboard.PressAsync(Button, "Clear all that match (3)");
        await keyboard.PressAsync("Escape");
        await keyboard.FindsFocusAtAsync(Button, "Clear all that match (3)");
        await keyboard.PressAsync("Enter");
        await keyboard.PressAsync(Button, "Clear 3 alert(s)");
        await Expect(page.GetByText("No outstanding alert matches.")).ToBeVisibleAsync();
        await Expect(page.Locator(":focus")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Reading_the_timeline_of_an_alert()
    {
        await ReportAsync(new { computer = "web01", alert = "Eicar", message = "Eicar_test_file", data = new { path = "/home/user" } });
        (IPage page, Keyboard keyboard) = await OpenForKeyboardAsync("#/alerts");
        await keyboard.PressAsync(AriaRole.Link, "Eicar");
        await keyboard.PressAsync(AriaRole.Link, "Eicar");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Alert", Exact = true })).ToBeFocusedAsync();
        await keyboard.PressAsync(Button, "Clear");
        await keyboard.PressAsync("Escape");
        await keyboard.FindsFocusAtAsync(Button, "Clear");
        for (ILocator data = page.Locator("summary"); await data.EvaluateAsync<bool>("element => element !== document.activeElement");)
        {
            await keyboard.PressAsync("Tab");
        }

        await keyboard.PressAsync("Enter");
        await Expect(page.GetByText("/home/user")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Attempting_mail_now_and_reading_the_story_of_a_recipient()
    {
        await StartAsync();
        await WaitingMail.AddAsync(Installation, 2, _ => "Connection refused");
        (IPage page, Keyboard keyboard) = await OpenForKeyboardAsync("#/mail");
        await keyboard.PressAsync(Button, "user1@example.com");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Not delivered so far.");
        await keyboard.PressAsync("Escape");
        await keyboard.FindsFocusAtAsync(Button, "user1@example.com");
        await Installation.MakeAllMailDueAsync();
        await keyboard.PressAsync(Button, "Attempt all now");
        await Expect(page.GetByText("2 of 2 attempted.")).ToBeVisibleAsync();
        await keyboard.FindsFocusAtAsync(Button, "Attempt all now");
    }

    [Fact]
    public async Task Changing_an_alert_setting()
    {
        (await PutAsync("/api/configuration", new { alertTypes = (object[])[new { alert = "Disk" }, new { alert = "Eicar" }] })).EnsureSuccessStatusCode();
        (IPage page, Keyboard keyboard) = await OpenForKeyboardAsync("#/alert-settings");
        await keyboard.TypeAsync(Textbox, "Title, English: Eicar", "Malware");
        await ChangeAsync(page, () => keyboard.PressAsync("Enter"));
        await keyboard.FindsFocusAtAsync(Textbox, "Title, English: Eicar");
        await ChangeAsync(page, () => keyboard.ChooseAsync("Severity: Eicar", "Critical"));
        await ChangeAsync(page, () => keyboard.PressAsync(Checkbox, "Send a mail when this alert is cleared: Eicar", "Space"));
        await keyboard.FindsFocusAtAsync(Checkbox, "Send a mail when this alert is cleared: Eicar");
        JsonNode type = (await GetAsync("/api/alert-types"))["items"]!.AsArray().Single(item => (string?)item!["alert"] == "Eicar")!;
        Assert.Equal(("Malware", "critical", true), ((string)type["title"]!["en"]!, (string)type["severity"]!, (bool)type["mailWhenCleared"]!));
    }

    [Fact]
    public async Task Adding_changing_testing_and_removing_a_user()
    {
        (IPage page, Keyboard keyboard) = await OpenForKeyboardAsync("#/users");
        await keyboard.PressAsync(Button, "Add user");
        await keyboard.TypeAsync(Textbox, "Name", "hanako");
        await keyboard.TypeAsync(Textbox, "Email address", "hanako@example.com");
        await keyboard.PressAsync(Button, "Save");
        await keyboard.FindsFocusAtAsync(Button, "Add user");

        await keyboard.PressAsync(Button, "hanako");
        await keyboard.ChooseAsync("Language", "English");
        await keyboard.PressAsync(Button, "Save");
        await keyboard.FindsFocusAtAsync(Button, "hanako");
        Assert.Equal("en", (string?)(await GetAsync("/api/users/hanako"))["culture"]);

        await keyboard.PressAsync(Button, "Test mail to hanako");
        await keyboard.PressAsync(Button, "Send test mail");
        await Expect(page.GetByText("The SMTP server accepted the mail")).ToBeVisibleAsync();
        Assert.Equal("hanako@example.com", (await Smtp.WaitForAsync(1))[0].Recipient);
        await keyboard.PressAsync("Escape");
        await keyboard.FindsFocusAtAsync(Button, "Test mail to hanako");

        await keyboard.PressAsync(Button, "hanako");
        await keyboard.PressAsync(Button, "Remove");
        await Expect(page.GetByText("There are no users yet.")).ToBeVisibleAsync();
        await Expect(page.Locator(":focus")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Changing_a_task_and_running_it()
    {
        (await PutAsync("/api/scheduled-tasks/summary", new { type = "sendAlertSummary", schedule = "0 9 * * *", recipients = new { addresses = (string[])["boss@example.com"] } })).EnsureSuccessStatusCode();
        (IPage page, Keyboard keyboard) = await OpenForKeyboardAsync("#/scheduled-tasks");
        await keyboard.PressAsync(Button, "summary");
        await keyboard.TypeAsync(AriaRole.Combobox, "Schedule", "30 7 * * *");
        await keyboard.PressAsync(Button, "Save");
        await Expect(page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Listitem).First).ToContainTextAsync("07:30 GMT+9");
        await keyboard.PressAsync("Escape");
        await keyboard.FindsFocusAtAsync(Button, "summary");

        await keyboard.PressAsync(Button, "Run now: summary");
        Assert.Equal("boss@example.com", (await Smtp.WaitForAsync(1))[0].Recipient);
        await Expect(page.GetByText("Mailed")).ToBeVisibleAsync();
        await keyboard.FindsFocusAtAsync(Button, "Run now: summary");
    }

    [Fact]
    public async Task Importing_a_backup_after_it_was_shown_what_that_changes()
    {
        (await PutAsync("/api/users/taro", new { email = "taro@example.com" })).EnsureSuccessStatusCode();
        (IPage page, Keyboard keyboard) = await OpenForKeyboardAsync("#/backup");
        // Waited for before the tabs: what these ask of the page is answered after the browser knows that a file is not asked for by a window of its own. A key alone could overtake that.
        Task<IFileChooser> chooser = page.WaitForFileChooserAsync();
        await keyboard.PressAsync(Button, "Configuration file");
        await (await chooser).SetFilesAsync(new FilePayload { Name = "configuration.json", MimeType = "application/json", Buffer = Encoding.UTF8.GetBytes("""{ "users": [] }""") });
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Users" })).ToContainTextAsync("Removed (1)taro");
        Assert.Single((await GetAsync("/api/users"))["items"]!.AsArray());

        await keyboard.PressAsync(Button, "Replace the configuration");
        await keyboard.PressAsync(Button, "Replace");
        await Expect(page.GetByText("The configuration was replaced.")).ToBeVisibleAsync();
        Assert.Empty((await GetAsync("/api/users"))["items"]!.AsArray());
        await Expect(page.Locator(":focus")).ToHaveCountAsync(1);
    }

    private async Task<(IPage Page, Keyboard Keyboard)> OpenForKeyboardAsync(string address, string? key = ManageKey, Look? look = null)
    {
        IPage page = await OpenAsync(address, key, look);
        return (page, new Keyboard(page));
    }

    private async Task<HttpResponseMessage> PutAsync(string path, object body)
    {
        await StartAsync();
        return await Http.PutAsJsonAsync(path, body);
    }
}
