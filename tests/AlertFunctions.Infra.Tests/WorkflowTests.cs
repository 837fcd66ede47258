using System.Text.RegularExpressions;

namespace AlertFunctions.Infra.Tests;

/// <summary>The workflows of GitHub, as far as they can be judged without it, and the scripts that they run.</summary>
public sealed partial class WorkflowTests : IDisposable
{
    private const string Variables = """
        { "AZURE_CLIENT_ID": "client", "AZURE_TENANT_ID": "tenant", "AZURE_SUBSCRIPTION_ID": "sub", "AZURE_ENV_NAME": "alerts", "AZURE_LOCATION": "japaneast",
          "SMTP_SERVER": "smtp.example.com:587", "SMTP_FROM": "", "SOMETHING_ELSE": "of nobody's" }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("alertfunctions-workflow-");

    /// <summary>The workflows' names.</summary>
    public static TheoryData<string> Workflows { get; } = new(["azure-dev.yml", "ci.yml", "release.yml"]);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Every_workflow_is_looked_at() =>
        Assert.Equal(Workflows.Select(row => row.Data), Directory.EnumerateFiles(Repository.PathOf(".github/workflows")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Every_action_is_pinned_by_its_digest_and_says_its_version(string workflow)
    {
        string[] uses = [.. Uses().Matches(Read(workflow)).Select(match => match.Groups["action"].Value)];
        Assert.NotEmpty(uses);
        Assert.All(uses, action => Assert.Matches(@"^[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", action));
    }

    [Fact]
    public void An_action_has_the_same_digest_wherever_it_is_used()
    {
        IEnumerable<string> uses = Workflows.SelectMany(row => Uses().Matches(Read(row.Data)).Select(match => match.Groups["action"].Value)).Distinct(StringComparer.Ordinal);
        Assert.All(uses.GroupBy(action => action.Split('@')[0], StringComparer.Ordinal), action => Assert.Single(action));
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void A_workflow_may_only_read_unless_a_job_says_more_and_keeps_no_credential(string workflow)
    {
        string text = Read(workflow);
        Assert.Contains("\npermissions:\n  contents: read\n", text, StringComparison.Ordinal);
        Assert.Equal(Regex.Count(text, "actions/checkout@"), Regex.Count(text, "persist-credentials: false"));
    }

    [Fact]
    public void Packages_of_npm_and_NuGet_are_cached_and_Node_is_22()
    {
        string text = Read("ci.yml");
        int jobs = Regex.Count(text, "actions/setup-node@");
        Assert.Equal(2, jobs);
        Assert.Equal(jobs, Regex.Count(text, "node-version: 22\n          cache: npm\n"));
        Assert.Equal(jobs, Regex.Count(text, @"path: ~/\.nuget/packages\n"));
    }

    [Fact]
    public void Dependabot_proposes_what_is_new_of_everything_that_is_pinned()
    {
        string dependabot = Repository.Read(".github/dependabot.yml");
        Assert.Equal(
            ["docker", "docker-compose", "dotnet-sdk", "github-actions", "npm", "nuget"],
            Ecosystem().Matches(dependabot).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_deployment_gets_the_settings_that_GitHub_has_and_no_other()
    {
        string file = Path.Combine(_folder.FullName, "env");
        Assert.Equal((0, "", ""), Settings(Variables, file));
        Assert.Equal(
            ["AZURE_CLIENT_ID=client", "AZURE_TENANT_ID=tenant", "AZURE_SUBSCRIPTION_ID=sub", "AZURE_ENV_NAME=alerts", "AZURE_LOCATION=japaneast", "SMTP_SERVER=smtp.example.com:587"],
            File.ReadAllLines(file));
    }

    [Fact]
    public void A_deployment_stops_with_a_sentence_when_GitHub_does_not_name_the_subscription()
    {
        string file = Path.Combine(_folder.FullName, "env");
        (int exitCode, string output, _) = Settings(Variables.Replace("AZURE_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION", StringComparison.Ordinal).Replace("\"tenant\"", "\"\"", StringComparison.Ordinal), file);
        Assert.Equal(1, exitCode);
        Assert.Equal(
            "::error::Missing in GitHub's variables: AZURE_TENANT_ID AZURE_SUBSCRIPTION_ID. Set them for the environment that is deployed, or for the repository; docs/deploy.md, \"From GitHub\", says how.\n",
            output);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void A_variable_of_several_lines_sets_no_other_setting()
    {
        (int exitCode, string output, _) = Settings(Variables.Replace("smtp.example.com:587", "smtp.example.com\\nPATH=/tmp", StringComparison.Ordinal), Path.Combine(_folder.FullName, "env"));
        Assert.Equal((1, "::error::GitHub's variable SMTP_SERVER has more than one line. It takes one.\n"), (exitCode, output));
    }

    [Fact]
    public void The_notes_of_a_release_are_what_the_changelog_says_of_its_version()
    {
        ScriptRun run = Notes("v1.2.0", "# Changelog\n\n## Unreleased\n\n- next\n\n## 1.2.0 – 2026-12-01\n\n- one\n- two\n\n## 1.2.0-rc.1\n\n- less\n");
        Assert.Equal((0, "- one\n- two"), (run.ExitCode, run.Output.Trim()));
    }

    [Theory]
    [InlineData("v1.3.0", "CHANGELOG.md says nothing of 1.3.0. Put what changed below a heading \"## 1.3.0\", then move the tag.")]
    [InlineData("v1.2", "The tag \"v1.2\" is no version. It must look like v1.2.3 or v1.2.3-rc.1.")]
    public void A_release_without_a_version_or_without_notes_stops_with_a_sentence(string tag, string sentence)
    {
        ScriptRun run = Notes(tag, "# Changelog\n\n## 1.2.0\n\n- one\n");
        Assert.Equal((1, sentence), (run.ExitCode, run.Error.Trim()));
    }

    [Fact]
    public void A_release_has_the_tags_version_an_image_with_its_parts_and_origin_and_a_zip()
    {
        string text = Read("release.yml");
        foreach (string part in (string[])["build-args: VERSION=${{ needs.version.outputs.version }}", "sbom: true", "provenance: mode=max", "images: ghcr.io/", "infra/pack.sh \"$VERSION\"", "gh release create"])
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
        }

        Assert.Contains("--property:Version=$VERSION", Repository.Read("Dockerfile"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_script_that_a_workflow_runs_exists() =>
        Assert.All(Workflows.SelectMany(row => Script().Matches(Read(row.Data)).Select(match => match.Groups["path"].Value)),
            path => Assert.True(File.Exists(Repository.PathOf(path)), path));

    [Theory]
    [InlineData("bug.yml")]
    [InlineData("mail.yml")]
    public void Who_reports_a_fault_is_asked_for_what_the_product_says_and_to_leave_out_secrets(string template)
    {
        string text = Repository.Read($".github/ISSUE_TEMPLATE/{template}");
        foreach (string part in (string[])["GET /api/health", "`info.version` of `/openapi/v1.json`", "leave out keys, passwords and real addresses", "SECURITY.md"])
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
        }
    }

    private static string Read(string workflow) => Repository.Read($".github/workflows/{workflow}");

    private static (int ExitCode, string Output, string Error) Settings(string variables, string file)
    {
        ScriptRun run = ScriptRun.Of("infra/github-settings.sh", [], [("VARIABLES", variables), ("GITHUB_ENV", file)]);
        Assert.SkipWhen(run.Error.Contains("jq: command not found", StringComparison.Ordinal), "Needs jq.");
        return (run.ExitCode, run.Output, run.Error);
    }

    private ScriptRun Notes(string tag, string changelog)
    {
        string file = Path.Combine(_folder.FullName, "CHANGELOG.md");
        File.WriteAllText(file, changelog);
        return ScriptRun.Of("infra/release-notes.sh", [tag], [("CHANGELOG", file)]);
    }

    [GeneratedRegex(@"\buses: (?<action>.+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Uses();

    [GeneratedRegex(@"package-ecosystem: (?<name>\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Ecosystem();

    [GeneratedRegex(@"bash (?<path>\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Script();
}
