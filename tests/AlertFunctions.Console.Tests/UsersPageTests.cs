using System.Net;
using System.Net.Http.Json;
using System.Text;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>Who receives alert mail (S2), as the console changes and shows it.</summary>
public sealed class UsersPageTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    private const string Address = "#/users";

    [Fact]
    public async Task A_user_who_is_added_by_the_keyboard_alone_gets_the_next_mail_in_her_language()
    {
        Installation.Settings.Remove("Mail:AlertEmailAddress");
        IPage page = await OpenAsync(Address);
        await page.GetByRole(AriaRole.Button, new() { Name = "Add user" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        ILocator dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name").FocusAsync();
        await page.Keyboard.TypeAsync("hanako");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("hanako");
        await page.Keyboard.PressAsync("Enter");
        await Expect(dialog.GetByLabel("Email address")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(dialog.GetByLabel("Name")).Not.ToHaveAttributeAsync("aria-invalid", "true");

        await page.Keyboard.TypeAsync("@example.com");
        await page.Keyboard.PressAsync("Tab"); // to the switch, which is on
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("English");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("Saved: hanako")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Add user" })).ToBeFocusedAsync();

        await ReportAsync(new { computer = "web01", alert = "Eicar" });
        ReceivedMail mail = Assert.Single(await Smtp.WaitForAsync(1));
        Assert.Equal("hanako@example.com", mail.Recipient);
        Assert.StartsWith("New Alert Raised", mail.Message.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_gets_an_alert_and_why_others_do_not_stands_beside_each_user()
    {
        await AddAsync("hanako", new { email = "hanako@example.com", receiveAlertMail = true });
        await AddAsync("jiro", new { email = "hanako@example.com", receiveAlertMail = true });
        await AddAsync("taro", new { email = "taro@example.com" });
        await Http.PutAsJsonAsync("/api/alert-types", new { alert = "Eicar" });
        IPage page = await OpenAsync(Address);
        await page.GetByLabel("Who gets this alert?").SelectOptionAsync("Eicar");
        await Expect(RowOf(page, "hanako")).ToContainTextAsync("Yes");
        await Expect(RowOf(page, "jiro")).ToContainTextAsync("No: another user has this address");
        await Expect(RowOf(page, "taro")).ToContainTextAsync("No: alert mail is off");
        await Expect(page.GetByText("Recipients of Eicar: 2.")).ToBeVisibleAsync();
        await Expect(page.GetByText("Mail__AlertEmailAddress: ops@example.com")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_user_whom_somebody_else_has_changed_is_not_overwritten_unseen()
    {
        await AddAsync("hanako", new { email = "hanako@example.com", receiveAlertMail = true });
        IPage page = await OpenAsync(Address);
        await page.GetByRole(AriaRole.Button, new() { Name = "hanako", Exact = true }).ClickAsync();
        ILocator dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Email address").FillAsync("mine@example.com");
        await AddAsync("hanako", new { email = "theirs@example.com", receiveAlertMail = true });

        ILocator save = dialog.GetByRole(AriaRole.Button, new() { Name = "Save" });
        await save.ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("Somebody else has changed this meanwhile.");
        await Expect(dialog.GetByRole(AriaRole.Row, new() { Name = "Email address" })).ToHaveTextAsync("Email addresstheirs@example.commine@example.com");
        await save.ClickAsync();
        await Expect(page.GetByText("Saved: hanako")).ToBeVisibleAsync();
        await Expect(RowOf(page, "hanako")).ToContainTextAsync("mine@example.com");
    }

    [Fact]
    public async Task The_CSV_of_the_download_is_changed_previewed_and_imported()
    {
        await AddAsync("hanako", new { email = "hanako@example.com", receiveAlertMail = true });
        IPage page = await OpenAsync(Address);
        IDownload download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download CSV" }).ClickAsync());
        await using Stream downloaded = await download.CreateReadStreamAsync();
        string csv = await new StreamReader(downloaded).ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Contains("hanako@example.com", csv, StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Button, new() { Name = "Import CSV" }).ClickAsync();
        ILocator dialog = page.GetByRole(AriaRole.Dialog);
        await ChooseAsync(dialog, csv + "taro,nowhere,true,,\r\n");
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("line 3, email");
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Import" })).ToHaveAttributeAsync("aria-disabled", "true");

        await ChooseAsync(dialog, csv.Replace("hanako@", "flower@", StringComparison.Ordinal) + "taro,taro@example.com,true,,\r\n");
        await Expect(dialog).ToContainTextAsync("Added (1)taro");
        await Expect(dialog).ToContainTextAsync("Changed (1)hanako");
        Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync(new Uri("/api/users/taro", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);

        await dialog.GetByRole(AriaRole.Button, new() { Name = "Import" }).ClickAsync();
        await Expect(RowOf(page, "taro")).ToBeVisibleAsync();
        await Expect(RowOf(page, "hanako")).ToContainTextAsync("flower@example.com");
    }

    [Fact]
    public async Task A_test_mail_is_sent_to_one_user_and_its_steps_are_shown()
    {
        await AddAsync("hanako", new { email = "hanako@example.com" });
        IPage page = await OpenAsync(Address, look: new("ja", "dark", 390));
        await page.GetByRole(AriaRole.Button, new() { Name = "hanakoへのテストメール" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "テストメールを送信" }).ClickAsync();
        await Expect(page.GetByText("SMTPサーバがメールを受け付けました")).ToBeVisibleAsync();
        Assert.Equal("hanako@example.com", (await Smtp.WaitForAsync(1))[0].Recipient);
    }

    [Fact]
    public async Task Three_thousand_users_are_found_by_typing_with_only_the_rows_in_view_in_the_document()
    {
        await StartAsync();
        foreach (int[] numbers in Enumerable.Range(0, 3_000).Chunk(500)) // a busy emulator has 25 seconds for each request
        {
            string csv = string.Join('\n', numbers.Select(number => $"user {number:0000},user{number:0000}@example.com,true").Prepend("name,email,receiveAlertMail"));
            using var content = new StringContent(csv, Encoding.UTF8, "text/csv");
            (await Http.PostAsync(new Uri("/api/users/import", UriKind.Relative), content, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        }

        IPage page = await OpenAsync(Address);
        await Expect(page.GetByText("3,000 of 3,000 users")).ToBeVisibleAsync();
        Assert.InRange(await page.Locator("tr[data-index]").CountAsync(), 1, 100);
        await page.GetByLabel("Name or address").FillAsync("user 2999");
        await Expect(page.GetByText("1 of 3,000 users")).ToBeVisibleAsync();
        await Expect(RowOf(page, "user 2999")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_read_key_sees_the_users_and_changes_none()
    {
        await AddAsync("hanako", new { email = "hanako@example.com", receiveAlertMail = true });
        IPage page = await OpenAsync(Address, ReadKey);
        await page.GetByRole(AriaRole.Button, new() { Name = "hanako", Exact = true }).ClickAsync();
        ILocator save = page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Save" });
        await Expect(save).ToHaveAttributeAsync("title", "This key may only read. Sign in with a key that may make changes.");
        await Expect(save).ToHaveAttributeAsync("aria-disabled", "true");
        await page.Keyboard.PressAsync("Escape");
        await page.GetByLabel("Receive alert mail: hanako").ClickAsync(new() { Force = true });
        await Expect(page.GetByLabel("Receive alert mail: hanako")).ToBeCheckedAsync();
    }

    private static ILocator RowOf(IPage page, string name) => page.Locator($"tr[data-key='{name}']");

    private static Task ChooseAsync(ILocator dialog, string csv) =>
        dialog.GetByLabel("CSV file").SetInputFilesAsync(new FilePayload { Name = "users.csv", MimeType = "text/csv", Buffer = Encoding.UTF8.GetBytes(csv) });

    private async Task AddAsync(string name, object user)
    {
        await StartAsync();
        (await Http.PutAsJsonAsync($"/api/users/{name}", user)).EnsureSuccessStatusCode();
    }
}
