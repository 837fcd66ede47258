using System.Globalization;
using System.Text.RegularExpressions;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Clients;

namespace AlertFunctions.Tests.Documentation;

/// <summary>The commands of the README do what it says, against a real host without keys, which is what its first command starts.</summary>
public sealed partial class ReadmeTests(AzuriteServer azurite) : DocumentedHostTest(azurite)
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("README.ja.md")]
    public async Task The_commands_mail_as_each_of_the_three_examples_says_and_show_how_things_stand(string document)
    {
        string[] steps = await StartAsync(document, "sh");
        Assert.Equal(6, steps.Length); // the function; the three examples; what to look at; switches and users
        int[] raises = [0, 2, 2, 3, 3, 3];

        var output = new List<string>();
        for (int step = 1; step < steps.Length; step++)
        {
            output.Add(await ClientProgram.For("sh").RunAsync(steps[0] + steps[step]));
            await UntilRaisesAreMailedAsync(raises[step]);
        }

        Assert.Equal(3, Installation.Smtp.Accepted.Count(mail => ComputersOf(mail) > 0)); // example 2 mailed nothing
        Assert.Contains("\"raised\":[]", output[1], StringComparison.Ordinal);
        Assert.Contains("\"computer\":\"B\"", output[3], StringComparison.Ordinal);
        await AssertOutcomeAsync();
    }

    [Theory]
    [InlineData("docs/how-it-works.md")]
    [InlineData("docs/how-it-works.ja.md")]
    public async Task The_commands_of_how_it_works_schedule_a_report_and_send_it(string document)
    {
        string commands = Assert.Single(await StartAsync(document, "sh"));

        await ClientProgram.For("sh").RunAsync(commands);

        await Installation.Smtp.WaitUntilAsync(() => Installation.Smtp.Accepted.Any(mail => mail.Message.Attachments.Any()));
        Assert.Equal("0 9 * * 1", (await GetAsync("/api/scheduled-tasks/weekly"))["schedule"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("docs/mappings.md")]
    [InlineData("docs/mappings.ja.md")]
    public async Task The_command_of_mappings_tries_one(string document)
    {
        await StartAsync();
        string command = Assert.Single(CodeBlocks.Of(document, "sh"));

        string output = await ClientProgram.For("sh").RunAsync($"ALERTS={Address}\nMANAGE_KEY=any\n{command}");

        Assert.Contains("\"computer\":\"db01\"", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("README.ja.md")]
    public async Task The_commands_for_PowerShell_do_the_same(string document)
    {
        string commands = Assert.Single(await StartAsync(document, "powershell"));

        string output = await ClientProgram.For("powershell").RunAsync(commands);

        Assert.Contains("raisedAt", output, StringComparison.Ordinal);
        await UntilRaisesAreMailedAsync(3);
        await AssertOutcomeAsync();
    }

    /// <summary>Starts the host, and gives the commands for it.</summary>
    private async Task<string[]> StartAsync(string document, string language)
    {
        await StartAsync();
        return [.. CodeBlocks.Of(document, language).Where(code => code.Contains("http://localhost:7071/api", StringComparison.Ordinal) || code.StartsWith("report ", StringComparison.Ordinal)).Select(ForHost)];
    }

    /// <summary>Waits until mail names so many computers with a raise. Raises that wait at the same time share a mail.</summary>
    private Task UntilRaisesAreMailedAsync(int count) => Installation.Smtp.WaitUntilAsync(() => Installation.Smtp.Accepted.Sum(ComputersOf) >= count);

    /// <summary>How many computers a mail's subject counts; 0 for mail that is not about a raise.</summary>
    private static int ComputersOf(ReceivedMail mail) =>
        Computers().Match(mail.Message.Subject!) is { Success: true } match ? int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) : 0;

    private async Task AssertOutcomeAsync()
    {
        Assert.Equal(["A", "B"], (await GetAsync("/api/alerts"))["items"]!.AsArray().Select(alert => alert!["computer"]!.GetValue<string>()).Order(StringComparer.Ordinal));
        Assert.True((await GetAsync("/api/alert-types"))["items"]![0]!["mailWhenCleared"]!.GetValue<bool>());
        Assert.Equal("Europe/Berlin", (await GetAsync("/api/users/alice"))["timeZone"]!.GetValue<string>());
    }

    [GeneratedRegex("(?<number>[0-9]+)台のコンピュータ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Computers();
}
