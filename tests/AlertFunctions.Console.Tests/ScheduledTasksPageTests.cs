using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>Scheduled tasks (S15), as the console edits, shows and runs them.</summary>
public sealed class ScheduledTasksPageTests(AzuriteServer azurite, ConsoleBrowser browser) : ConsoleTest(azurite, browser)
{
    private const string Address = "#/scheduled-tasks";

    [Fact]
    public async Task A_task_is_added_with_what_is_wrong_at_its_field_and_its_next_five_runs_shown()
    {
        IPage page = await OpenAsync(Address);
        await page.GetByRole(AriaRole.Button, new() { Name = "Add task" }).ClickAsync();
        ILocator dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name").FillAsync("weekday summary");
        await dialog.GetByLabel("Schedule").FillAsync("at nine");
        await dialog.GetByLabel("Further addresses").FillAsync("ops@example.com\nnowhere");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(dialog.GetByLabel("Schedule")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(dialog.GetByLabel("Further addresses")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(dialog.GetByText("Not accepted: nowhere.")).ToBeVisibleAsync();

        await dialog.GetByLabel("Schedule").FillAsync("0 9 * * 1-5");
        await dialog.GetByLabel("Further addresses").FillAsync("ops@example.com");
        await dialog.GetByLabel("Further addresses").BlurAsync();
        await dialog.GetByLabel("Schedule").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(dialog.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(5);
        await Expect(dialog.GetByRole(AriaRole.Listitem).First).ToContainTextAsync("09:00 GMT+9");

        await dialog.GetByLabel("Schedule").FillAsync("30 7 * * *");
        await Expect(dialog.GetByText("As saved; those of your change are shown once it is saved.")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(dialog.GetByRole(AriaRole.Listitem).First).ToContainTextAsync("07:30 GMT+9");
    }

    [Fact]
    public async Task A_task_is_previewed_and_run_now_and_its_outcome_is_shown()
    {
        await AddAsync();
        await ReportAsync(new { computer = "web01", alert = "Eicar" });
        await Smtp.WaitForAsync(1);
        IPage page = await OpenAsync(Address);
        await page.GetByRole(AriaRole.Button, new() { Name = "Preview: summary" }).ClickAsync();
        ILocator dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.Locator("pre")).ToContainTextAsync("web01");
        await Expect(dialog).ToContainTextAsync("boss@example.com");
        await page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);

        await page.GetByRole(AriaRole.Button, new() { Name = "Run now: summary" }).ClickAsync();
        IReadOnlyList<ReceivedMail> mails = await Smtp.WaitForAsync(2);
        Assert.Equal("boss@example.com", mails[1].Recipient);
        await Expect(page.GetByText("Mailed")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_task_that_somebody_else_has_changed_is_not_overwritten_unseen_but_a_run_is_no_change()
    {
        await AddAsync();
        IPage page = await OpenAsync(Address);
        await Expect(page.GetByLabel("Enabled: summary")).ToBeCheckedAsync();
        (await Http.PostAsync(new Uri("/api/scheduled-tasks/summary/run", UriKind.Relative), content: null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        await page.GetByLabel("Enabled: summary").UncheckAsync();
        await Expect(page.GetByText("Saved: summary")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "summary", Exact = true }).ClickAsync();
        ILocator dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Schedule").FillAsync("0 12 * * *");
        await AddAsync("0 10 * * *");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("Somebody else has changed this meanwhile.");
        await Expect(dialog.GetByRole(AriaRole.Row, new() { Name = "Schedule" })).ToHaveTextAsync("Schedule0 10 * * *0 12 * * *");
        Assert.Equal("0 10 * * *", (string?)(await Http.GetFromJsonAsync<JsonNode>("/api/scheduled-tasks/summary"))!["schedule"]);
    }

    [Fact]
    public async Task A_read_key_sees_the_tasks_and_runs_none()
    {
        await AddAsync();
        IPage page = await OpenAsync(Address, ReadKey);
        ILocator run = page.GetByRole(AriaRole.Button, new() { Name = "Run now: summary" });
        await Expect(run).ToHaveAttributeAsync("aria-disabled", "true");
        await Expect(run).ToHaveAttributeAsync("title", "This key may only read. Sign in with a key that may make changes.");
    }

    private async Task AddAsync(string schedule = "0 9 * * *")
    {
        await StartAsync();
        (await Http.PutAsJsonAsync("/api/scheduled-tasks/summary", new { type = "sendAlertSummary", schedule, recipients = new { addresses = (string[])["boss@example.com"] } })).EnsureSuccessStatusCode();
    }
}
