using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace AlertFunctions.Development;

/// <summary>Node.js and the packages that <c>package.json</c> names.</summary>
internal static class NodeTools
{
    /// <summary>The major version of Node.js that the packages ask for.</summary>
    public const int Major = 22;

    /// <summary>The oldest one that they run on; npm warns of two of them there.</summary>
    private const int OldestMajor = 20;

    private static readonly TimeSpan VersionTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan InstallTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(2);

    /// <summary>Why <paramref name="node"/> cannot run the tools, as a main clause; null when it can.</summary>
    public static async Task<string?> FindProblemAsync(string node, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(VersionTimeout);
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(node, ["--version"])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                CreateNoWindow = true,
            })!;
            process.StandardInput.Close();
            string version = await process.StandardOutput.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return CheckVersion(version.Trim());
        }
        catch (Win32Exception)
        {
            return "Node.js is not installed";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "Node.js does not answer when asked for its version";
        }
    }

    /// <summary>Judges what <c>node --version</c> printed (<c>v20.20.2</c>).</summary>
    public static string? CheckVersion(string version)
    {
        string major = version.TrimStart('v').Split('.')[0];
        if (!int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return "Node.js does not say its version";
        }

        return number < OldestMajor ? $"Node.js {version.TrimStart('v')} is too old ({Major} or newer is needed; {OldestMajor} works, with warnings)" : null;
    }

    /// <summary>
    /// Whether <c>node_modules</c> holds the versions that <c>package.json</c> pins. npm writes its own list last, so that an installation
    /// that was broken off does not count.
    /// </summary>
    public static bool AreInstalled(string root)
    {
        string modules = Path.Combine(root, "node_modules");
        if (!File.Exists(Path.Combine(modules, ".package-lock.json")))
        {
            return false;
        }

        using JsonDocument package = Read(Path.Combine(root, "package.json"));
        foreach (JsonProperty dependency in package.RootElement.GetProperty("devDependencies").EnumerateObject())
        {
            string manifest = Path.Combine(modules, dependency.Name, "package.json");
            if (!File.Exists(manifest))
            {
                return false;
            }

            using JsonDocument installed = Read(manifest);
            if (installed.RootElement.GetProperty("version").GetString() != dependency.Value.GetString())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Installs the packages when they are missing. Hosts and test runs may ask at the same time: one installs, the others wait for it.
    /// </summary>
    /// <exception cref="DevelopmentServicesException">npm is missing or fails; the message is a main clause.</exception>
    public static async Task EnsureInstalledAsync(string root, TextWriter output, CancellationToken cancellationToken)
    {
        if (AreInstalled(root))
        {
            return;
        }

        using IDisposable held = await FileLock.AcquireAsync(
            Path.Combine(root, ".development", "npm-ci.lock"),
            InstallTimeout,
            () => output.WriteLine("Waiting for another process that installs the development tools …"),
            cancellationToken);
        if (!AreInstalled(root))
        {
            await InstallAsync(root, output, cancellationToken);
        }
    }

    private static async Task InstallAsync(string root, TextWriter output, CancellationToken cancellationToken)
    {
        output.WriteLine("Installing the development tools into node_modules (npm ci). This happens once and may take some minutes.");

        // `--include=dev`, because NODE_ENV=production would leave out everything; one line per package at `http`, to count them.
        ProcessStartInfo start = new(
            OperatingSystem.IsWindows() ? "npm.cmd" : "npm",
            ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=http"])
        {
            WorkingDirectory = root,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = new() { StartInfo = start };
        Progress progress = new(CountPackages(root), output);
        process.OutputDataReceived += (_, line) => progress.Add(line.Data);
        process.ErrorDataReceived += (_, line) => progress.Add(line.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            throw new DevelopmentServicesException("npm, which belongs to Node.js, is not installed", exception);
        }

        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using (new Timer(_ => progress.Print(), state: null, ProgressInterval, ProgressInterval))
        {
            try
            {
                await process.WaitForExitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }

        if (process.ExitCode != 0 || !AreInstalled(root))
        {
            output.WriteLine($"npm ci has failed (exit code {process.ExitCode.ToString(CultureInfo.InvariantCulture)})" + progress.Tail.ToSuffix());
            throw new DevelopmentServicesException("npm ci could not install the development tools");
        }

        output.WriteLine("The development tools are installed.");
    }

    private static int CountPackages(string root)
    {
        using JsonDocument lockFile = Read(Path.Combine(root, "package-lock.json"));
        return lockFile.RootElement.GetProperty("packages").EnumerateObject().Count(package => package.Name.Length > 0);
    }

    private static JsonDocument Read(string path) => JsonDocument.Parse(File.ReadAllBytes(path));

    /// <summary>Turns npm's line per package into a count, and keeps the rest for when it fails.</summary>
    private sealed class Progress(int total, TextWriter output)
    {
        private int _fetched;
        private int _printed;

        public OutputTail Tail { get; } = new();

        public void Add(string? line)
        {
            if (line is null)
            {
                return;
            }

            if (!line.StartsWith("npm http", StringComparison.Ordinal))
            {
                Tail.Add(line);
            }
            else if (line.Contains(".tgz", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _fetched);
            }
        }

        public void Print()
        {
            int fetched = Math.Min(Volatile.Read(ref _fetched), total);
            if (Interlocked.Exchange(ref _printed, fetched) != fetched)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {fetched} of {total} packages"));
            }
        }
    }
}
