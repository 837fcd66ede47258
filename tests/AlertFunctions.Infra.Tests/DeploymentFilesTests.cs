using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace AlertFunctions.Infra.Tests;

public sealed partial class DeploymentFilesTests
{
    /// <summary>What azd itself, the sign-in from GitHub and the compose file read, beside the settings.</summary>
    private static readonly string[] OtherNames =
        ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID", "EVENTS_KEY", "READ_KEY", "MANAGE_KEY", "SSL_CERT_FILE"];

    private static readonly Lazy<string> English = new(() => Repository.Read("docs/deploy.md"));
    private static readonly Lazy<string> Japanese = new(() => Repository.Read("docs/deploy.ja.md"));

    private static HashSet<string> AzdNames => [.. AzdName().Matches(Repository.Read("infra/main.bicepparam")).Select(match => match.Groups["name"].Value)];

    private static HashSet<string> Outputs => [.. Output().Matches(Repository.Read("infra/main.bicep")).Select(match => match.Groups["name"].Value)];

    [Fact]
    public void The_app_is_deployed_with_host_json_and_without_local_settings()
    {
        XElement project = XElement.Parse(Repository.Read("src/AlertFunctions/AlertFunctions.csproj"));

        XElement host = Assert.Single(project.Descendants("None"), item => (string?)item.Attribute("Include") == "../../host.json");
        Assert.Equal("host.json", (string?)host.Attribute("Link"));
        Assert.Equal("PreserveNewest", (string?)host.Attribute("CopyToPublishDirectory"));
        // Without a condition, so that a build without host.json fails instead of running with the host's defaults.
        Assert.Null(host.Attribute("Condition"));

        XElement local = Assert.Single(project.Descendants("None"), item => (string?)item.Attribute("Include") == "../../local.settings.json");
        Assert.Equal("Never", (string?)local.Attribute("CopyToPublishDirectory"));
        Assert.False(File.Exists(Repository.PathOf("src/AlertFunctions/host.json")), "The one host.json is at the root.");
    }

    [Fact]
    public void The_app_has_its_user_secrets_id_so_that_azd_does_not_add_one()
    {
        XElement project = XElement.Parse(Repository.Read("src/AlertFunctions/AlertFunctions.csproj"));
        Assert.True(Guid.TryParse(Assert.Single(project.Descendants("UserSecretsId")).Value, out _));
    }

    [Theory]
    [InlineData("Events")]
    [InlineData("Read")]
    [InlineData("Manage")]
    public void The_container_that_starts_with_Docker_Compose_has_a_key_for_each_role(string role)
    {
        string key = $"local-{role.ToLowerInvariant()}-key";
        Assert.Contains($"Keys__{role}: ${{{role.ToUpperInvariant()}_KEY:-{key}}}", Repository.Read("compose.yaml"), StringComparison.Ordinal);
        Assert.Contains(key, English.Value, StringComparison.Ordinal);
        Assert.Contains(key, Japanese.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Azd_deploys_the_function_app_to_the_resource_that_carries_the_services_name()
    {
        string azure = Repository.Read("azure.yaml");
        Match service = Service().Match(azure);
        Assert.Equal("./src/AlertFunctions", service.Groups["project"].Value);
        Assert.Equal(service.Groups["name"].Value,
            Deployment.ByDefault.Single("Microsoft.Web/sites").GetProperty("tags").GetProperty("azd-service-name").GetString());
        Assert.All(Hook().Matches(azure), hook => Assert.True(File.Exists(Repository.PathOf(hook.Groups["path"].Value)), hook.Value));
    }

    [Theory]
    [InlineData("infra/hooks/postdeploy.sh", @"\$\{?(?<name>[A-Z][A-Z_]+)")]
    [InlineData("infra/hooks/postdeploy.ps1", @"\$env:(?<name>[A-Z_]+)")]
    public void What_a_hook_reads_is_an_output_or_an_azd_name(string path, string variable)
    {
        string[] read = [.. Regex.Matches(Repository.Read(path).Replace("\\$", "", StringComparison.Ordinal), variable, RegexOptions.None, TimeSpan.FromSeconds(1))
            .Select(match => match.Groups["name"].Value).Distinct(StringComparer.Ordinal)];
        Assert.Contains("ALERTFUNCTIONS_URL", read);
        Assert.Subset(new HashSet<string>(Outputs.Concat(AzdNames), StringComparer.Ordinal), read.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public void The_instructions_have_the_same_commands_in_both_languages() =>
        Assert.Equal(CodeBlock().Matches(English.Value).Select(match => match.Value), CodeBlock().Matches(Japanese.Value).Select(match => match.Value));

    [Fact]
    public void The_instructions_have_the_same_sections_rows_and_names_in_both_languages()
    {
        Assert.Equal(Shape(English.Value), Shape(Japanese.Value));

        static string Shape(string text) => string.Join('\n', CodeBlock().Replace(text, "").Split('\n')
            .Where(line => line.StartsWith('#') || line.StartsWith('|'))
            .Select(line => $"{line[..1]} {line.Count(letter => letter == '|')} {string.Join(' ', Code().Matches(line).Select(match => match.Value).Order(StringComparer.Ordinal))}"));
    }

    [Fact]
    public void Azd_passes_every_setting_but_the_password_on_to_GitHub() =>
        Assert.Equal(
            AzdNames.Except(["AZURE_ENV_NAME", "AZURE_LOCATION", "SMTP_PASSWORD"], StringComparer.Ordinal),
            PipelineVariable().Matches(Repository.Read("azure.yaml")).Select(match => match.Groups["name"].Value));

    [Fact]
    public void Azd_checks_the_region_before_it_provisions()
    {
        string provisioning = Repository.Read("azure.yaml").Split("preprovision:")[1].Split("postdeploy:")[0];
        Assert.Equal(["infra/hooks/preprovision.sh", "infra/hooks/preprovision.ps1"], Hook().Matches(provisioning).Select(match => match.Groups["path"].Value));
    }

    [Fact]
    public void The_instructions_explain_every_azd_name()
    {
        string[] explained = [.. Row().Matches(English.Value).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal)];
        Assert.Equal(AzdNames.Except(["AZURE_ENV_NAME", "AZURE_LOCATION"], StringComparer.Ordinal).Order(StringComparer.Ordinal), explained);
    }

    [Fact]
    public void The_instructions_name_no_azd_name_and_no_output_that_does_not_exist()
    {
        Assert.Subset(AzdNames, SetName().Matches(English.Value).Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal));
        Assert.Subset(Outputs, GetName().Matches(English.Value).Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal));
        Assert.Subset(new HashSet<string>(AzdNames.Concat(OtherNames), StringComparer.Ordinal),
            UpperCaseCode().Matches(CodeBlock().Replace(English.Value, "")).Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public void The_container_is_the_standalone_host_without_root()
    {
        string dockerfile = Repository.Read("Dockerfile");
        Assert.Contains("dotnet publish src/AlertFunctions.Standalone ", dockerfile, StringComparison.Ordinal);
        Assert.Matches(@"\nUSER [1-9]\d*\nENTRYPOINT \[""dotnet"", ""AlertFunctions\.Standalone\.dll""\]\n$", dockerfile);
        // Without "extra" the chiselled image has neither ICU nor time zones.
        Assert.Matches(@"FROM mcr\.microsoft\.com/dotnet/aspnet:10\.0-\w+-chiseled-extra@sha256:", dockerfile);
    }

    [Fact]
    public void Every_image_is_pinned_by_its_digest_where_one_is_known()
    {
        string[] images = [.. Image().Matches(Repository.Read("Dockerfile") + Repository.Read("compose.yaml")).Select(match => match.Groups["image"].Value)];
        Assert.Equal(4, images.Length);

        // Of the inbox's image no digest is known here; the tag is exact, and Dependabot proposes the next.
        string unpinned = Assert.Single(images, image => !Digest().IsMatch(image));
        Assert.StartsWith("maildev/maildev:", unpinned, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("maildev", "maildev/maildev:")]
    [InlineData("azurite", "mcr.microsoft.com/azure-storage/azurite:")]
    public void The_container_of_a_tool_is_of_the_version_that_the_tests_run(string package, string image)
    {
        using JsonDocument packages = JsonDocument.Parse(Repository.Read("package.json"));
        string version = packages.RootElement.GetProperty("devDependencies").GetProperty(package).GetString()!;
        Assert.Matches($"image: {Regex.Escape(image + version)}(@sha256:|\n)", Repository.Read("compose.yaml"));
    }

    [Fact]
    public void Packages_are_restored_in_a_layer_that_only_projects_and_versions_change()
    {
        string dockerfile = Repository.Read("Dockerfile");
        int restore = dockerfile.IndexOf("\nRUN dotnet restore ", StringComparison.Ordinal);
        string before = dockerfile[..restore];
        Assert.DoesNotContain("COPY src/ ", before, StringComparison.Ordinal);
        Assert.True(dockerfile.IndexOf("--no-restore", StringComparison.Ordinal) > restore);

        // The project that is published and all that it refers to, but for what a published host does without.
        foreach (string project in (string[])["Core", "Api", "Standalone"])
        {
            Assert.Contains($"COPY src/AlertFunctions.{project}/AlertFunctions.{project}.csproj src/AlertFunctions.{project}/\n", before, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Compose_publishes_on_loopback_only()
    {
        string[] ports = [.. Port().Matches(Repository.Read("compose.yaml")).Select(match => match.Groups["port"].Value)];
        Assert.Equal(2, ports.Length);
        Assert.All(ports, port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^(FROM (--\S+ )?|\s+image: )(?<image>\S+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Image();

    [GeneratedRegex("@sha256:[0-9a-f]{64}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Digest();

    [GeneratedRegex(@"readEnvironmentVariable\('(?<name>\w+)'", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AzdName();

    [GeneratedRegex(@"^output (?<name>\w+) ", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Output();

    [GeneratedRegex(@"services:\n  (?<name>\w+):\n    project: (?<project>\S+)\n", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Service();

    [GeneratedRegex(@"run: (?<path>\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Hook();

    [GeneratedRegex(@"^    - (?<name>[A-Z0-9_]+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex PipelineVariable();

    [GeneratedRegex(@"^```\w+\n.*?^```$", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline, 1000)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("`[^`]+`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();

    [GeneratedRegex(@"^\| `(?<name>[A-Z0-9_]+)` \|", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Row();

    [GeneratedRegex(@"azd env set (?<name>[A-Z0-9]+_[A-Z0-9_]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SetName();

    [GeneratedRegex(@"azd env get-value (?<name>[A-Z0-9_]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex GetName();

    [GeneratedRegex("`(?<name>[A-Z0-9]+_[A-Z0-9_]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex UpperCaseCode();

    [GeneratedRegex(@"^      - ""(?<port>[\d.:]+)""$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Port();
}
