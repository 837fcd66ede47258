using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace AlertFunctions.Infra.Tests;

/// <summary>
/// What the Bicep CLI makes of <c>infra/</c>: the compiled templates, and for given azd values the resources that a deployment would create.
/// Where the CLI cannot be had, a test that asks for it is skipped.
/// </summary>
internal static class Bicep
{
    /// <summary>The tenant of every deployment here.</summary>
    public const string TenantId = "11111111-1111-1111-1111-111111111111";

    private static readonly Lazy<string> Cli = new(LocateCli);
    private static readonly Lazy<JsonElement> CompiledTemplate = new(() => Run(Repository.PathOf("infra"), [], "build", "main.bicep", "--stdout"));

    /// <summary>The ARM template that <c>main.bicep</c> compiles to.</summary>
    public static JsonElement Template
    {
        get
        {
            SkipWithoutCli();
            return CompiledTemplate.Value;
        }
    }

    /// <summary>Every template in it: itself, and the module that each nested deployment carries.</summary>
    public static IEnumerable<JsonElement> Templates => Nested(Template);

    /// <summary>The values that <c>main.bicepparam</c> gives the template's parameters for these values of the azd environment.</summary>
    public static JsonElement Parameters(params (string Name, string Value)[] environment)
    {
        SkipWithoutCli();
        JsonElement built = Run(Repository.PathOf("infra"), environment, "build-params", "main.bicepparam", "--stdout");
        using JsonDocument parameters = JsonDocument.Parse(built.GetProperty("parametersJson").GetString()!);
        return parameters.RootElement.GetProperty("parameters").Clone();
    }

    /// <summary>What the CLI says of each resource that uses an older version of its API than the newest one the CLI knows.</summary>
    public static IReadOnlyList<string> FindOutdatedVersions()
    {
        SkipWithoutCli();
        DirectoryInfo folder = CopyInfrastructure();
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "bicepconfig.json"),
                """{ "analyzers": { "core": { "rules": { "use-recent-api-versions": { "level": "warning", "maxAgeInDays": 0 } } } } }""");
            (int exitCode, _, string error) = Execute(folder.FullName, [], "build", "main.bicep", "--stdout");
            string[] warnings = [.. error.Split('\n').Where(line => line.Contains("use-recent-api-versions", StringComparison.Ordinal))];
            return exitCode == 0 && warnings.Length > 0 ? warnings : throw new InvalidOperationException($"The CLI did not look at the versions:\n{error}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The resources that a deployment with these values of the azd environment would create.</summary>
    public static Deployment Deploy(params (string Name, string Value)[] environment)
    {
        SkipWithoutCli();

        // The CLI writes its answer beside the parameters file, so it works on a copy.
        DirectoryInfo folder = CopyInfrastructure();
        try
        {
            Start(folder.FullName, environment,
                "snapshot", "main.bicepparam", "--mode", "overwrite", "--deployment-name", "test", "--location", "japaneast",
                "--tenant-id", TenantId, "--subscription-id", "22222222-2222-2222-2222-222222222222");
            using JsonDocument snapshot = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.FullName, "main.snapshot.json")));
            return new Deployment(snapshot.RootElement.Clone());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static DirectoryInfo CopyInfrastructure()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("alertfunctions-infra-");
        foreach (string file in Directory.EnumerateFiles(Repository.PathOf("infra"), "*.bicep*", SearchOption.AllDirectories).Append(Repository.PathOf("infra", "modules", "workbook.json")))
        {
            string copy = Path.Combine(folder.FullName, Path.GetRelativePath(Repository.PathOf("infra"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return folder;
    }

    private static IEnumerable<JsonElement> Nested(JsonElement template)
    {
        yield return template;
        foreach (JsonElement resource in Resources(template).Where(resource => resource.GetProperty("type").GetString() == "Microsoft.Resources/deployments"))
        {
            foreach (JsonElement inner in Nested(resource.GetProperty("properties").GetProperty("template")))
            {
                yield return inner;
            }
        }
    }

    /// <summary>The resources of one template, which Bicep writes as an object with symbolic names.</summary>
    public static IEnumerable<JsonElement> Resources(JsonElement template) =>
        template.GetProperty("resources") is { ValueKind: JsonValueKind.Object } named
            ? named.EnumerateObject().Select(resource => resource.Value)
            : template.GetProperty("resources").EnumerateArray();

    private static JsonElement Run(string folder, (string Name, string Value)[] environment, params string[] arguments)
    {
        using JsonDocument document = JsonDocument.Parse(Start(folder, environment, arguments));
        return document.RootElement.Clone();
    }

    private static string Start(string folder, (string Name, string Value)[] environment, params string[] arguments)
    {
        (int exitCode, string output, string error) = Execute(folder, environment, arguments);
        return exitCode == 0 ? output : throw new InvalidOperationException($"bicep {string.Join(' ', arguments)} failed:\n{output}{error}");
    }

    private static (int ExitCode, string Output, string Error) Execute(string folder, (string Name, string Value)[] environment, params string[] arguments)
    {
        ProcessStartInfo start = new(Cli.Value, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The parameters file reads the environment: what a developer has set there is not part of the test.
        string? home = Environment.GetEnvironmentVariable("HOME");
        start.Environment.Clear();
        start.Environment["HOME"] = home;
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Finish(start);
    }

    private static void SkipWithoutCli()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64,
            "The Bicep CLI comes as a package for Linux on x64 only; infra/check.sh and these tests run in CI.");
        Assert.SkipWhen(Cli.Value.Length == 0, "The Bicep CLI could not be restored from this machine's package sources: infra/check.sh says why.");
    }

    private static string LocateCli()
    {
        ProcessStartInfo start = new("dotnet", ["msbuild", "infra/bicep-cli", "-restore", "-target:LocateBicepCli", "-getProperty:BicepCli"])
        {
            WorkingDirectory = Repository.Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        (int exitCode, string output, _) = Finish(start);
        return exitCode == 0 ? output.Trim() : "";
    }

    private static (int ExitCode, string Output, string Error) Finish(ProcessStartInfo start)
    {
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
