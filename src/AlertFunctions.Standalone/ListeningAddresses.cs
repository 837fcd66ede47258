using System.Globalization;
using System.Net;
using AlertFunctions.Core.Settings;

namespace AlertFunctions.Standalone;

/// <summary>Where the host is to listen, by everything that ASP.NET Core reads addresses from.</summary>
/// <param name="All">The addresses; none where nothing is configured.</param>
internal sealed record ListeningAddresses(IReadOnlyList<ListeningAddress> All)
{
    /// <summary>Where the host listens when nothing is configured.</summary>
    public const string DefaultUrl = "http://localhost:7071";

    private const string Urls = "ASPNETCORE_URLS (or --urls)";
    private const string Endpoints = "Kestrel:Endpoints";

    /// <summary>Whether nothing is configured.</summary>
    public bool IsDefault => All.Count == 0;

    /// <summary>Whether only programs on this machine can reach it.</summary>
    public bool LoopbackOnly => All.All(address => address.IsLoopback);

    /// <summary>Whether one of them needs a certificate.</summary>
    public bool AnyHttps => All.Any(address => address.IsHttps);

    /// <summary>Whether one of them is an endpoint of the server's own configuration, which takes the place of all others.</summary>
    public bool AnyEndpoint => All.Any(address => address.IsEndpoint);

    /// <summary>An address that a link can lead to, or null.</summary>
    public string? Link => All.FirstOrDefault(address => address.CanBeLinkedTo)?.Url;

    /// <summary>Reads the addresses.</summary>
    /// <param name="configuration">The host's configuration.</param>
    /// <param name="reader">Notes an address that cannot be listened on.</param>
    public static ListeningAddresses Read(IConfiguration configuration, SettingsReader reader)
    {
        // ASP.NET Core trims ports, but not addresses.
        List<ListeningAddress> addresses = (configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(url => new ListeningAddress(Urls, url)).ToList();
        if (addresses.Count == 0)
        {
            addresses.AddRange(ReadPorts("http"));
            addresses.AddRange(ReadPorts("https"));
        }

        foreach (IConfigurationSection endpoint in configuration.GetSection(Endpoints).GetChildren())
        {
            string setting = $"{Endpoints}:{endpoint.Key}:Url";
            if (string.IsNullOrEmpty(endpoint["Url"]))
            {
                reader.Refuse(setting, $"is not set, but an endpoint must have an address, such as {DefaultUrl}.");
            }
            else
            {
                addresses.Add(new ListeningAddress(SettingsReader.EnvironmentName(setting), endpoint["Url"]!, IsEndpoint: true));
            }
        }

        foreach ((ListeningAddress address, string fault) in addresses.Where(address => address.Fault is not null).Select(address => (address, address.Fault!)))
        {
            reader.Refuse(address.Setting, $"has {SettingsReader.Shown(address.Url)}, but {fault}");
        }

        return new ListeningAddresses(addresses.Where(address => address.Fault is null).ToList());

        IEnumerable<ListeningAddress> ReadPorts(string scheme)
        {
            string setting = $"ASPNETCORE_{scheme.ToUpperInvariant()}_PORTS";
            foreach (string port in (configuration[$"{scheme}_ports"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= IPEndPoint.MaxPort)
                {
                    yield return new ListeningAddress(setting, $"{scheme}://*:{port}");
                }
                else
                {
                    reader.Refuse(setting, $"has {SettingsReader.Shown(port)}, but must have ports from 0 to {IPEndPoint.MaxPort}, such as 8080.");
                }
            }
        }
    }

    public override string ToString() => IsDefault ? DefaultUrl : string.Join(", ", All.GroupBy(address => address.Setting, StringComparer.Ordinal).Select(set => $"{string.Join(", ", set.Select(address => address.Url))} of {set.Key}"));
}

/// <summary>An address that the host is to listen on.</summary>
/// <param name="Setting">The setting that has it, as a message names it.</param>
/// <param name="Url">The address as it is written there.</param>
/// <param name="IsEndpoint">Whether it is an endpoint of the server's own configuration.</param>
internal sealed record ListeningAddress(string Setting, string Url, bool IsEndpoint = false)
{
    private readonly BindingAddress? _parsed = Parse(Url);

    /// <summary>What is wrong with the address, as the end of a sentence; null when it can be listened on.</summary>
    public string? Fault => _parsed switch
    {
        null => "must have http or https addresses of localhost, an IP address, * or +, with a port from 0 to 65535 and no path, such as http://localhost:7071.",
        { Port: 0 } when IsLocalhost => "must have a port for localhost; any free port (0) needs an IP address, such as http://127.0.0.1:0.",
        _ => null,
    };

    /// <summary>Whether it needs a certificate.</summary>
    public bool IsHttps => _parsed is { Scheme: "https" };

    /// <summary>Whether only programs on this machine can reach it.</summary>
    public bool IsLoopback => IsLocalhost || (IPAddress.TryParse(_parsed?.Host, out IPAddress? ip) && IPAddress.IsLoopback(ip));

    /// <summary>Whether a link can lead to it.</summary>
    public bool CanBeLinkedTo => _parsed is { Port: > 0, Host: not ("*" or "+" or "0.0.0.0" or "[::]") };

    private bool IsLocalhost => string.Equals(_parsed?.Host, "localhost", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The parts of an address that is what it seems; null for every other. Kestrel takes a host that is no IP address, be it a name or a typing error,
    /// for any address and listens on every interface.
    /// </summary>
    private static BindingAddress? Parse(string url)
    {
        try
        {
            BindingAddress address = BindingAddress.Parse(url);
            bool isWhole = address.Scheme is "http" or "https" && (address.IsUnixPipe || (address is { Port: >= 0 and <= IPEndPoint.MaxPort, PathBase: "" } && IsHost(address.Host)));
            return isWhole ? address : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static bool IsHost(string host) =>
        host is "*" or "+"
        || string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out _) && (host is ['[', .., ']'] || !host.Contains(':', StringComparison.Ordinal)));
}
