using System.Net;
using AlertFunctions.Core.Settings;

namespace AlertFunctions.Standalone;

/// <summary>Where the host is to listen, by everything that ASP.NET Core reads addresses from.</summary>
/// <param name="Urls">The addresses; none where nothing is configured.</param>
internal sealed record ListeningAddresses(IReadOnlyList<string> Urls)
{
    /// <summary>Whether nothing is configured.</summary>
    public bool IsDefault => Urls.Count == 0;

    /// <summary>Whether only programs on this machine can reach it.</summary>
    public bool LoopbackOnly => Urls.All(IsLoopback);

    /// <summary>An address that a link can lead to, or null.</summary>
    public string? Link => Urls.FirstOrDefault(url => BindingAddress.Parse(url) is { Port: > 0, Host: not ("*" or "+" or "0.0.0.0" or "[::]") });

    /// <summary>Reads the addresses.</summary>
    /// <param name="configuration">The host's configuration.</param>
    /// <param name="reader">Notes an address that cannot be listened on.</param>
    public static ListeningAddresses Read(IConfiguration configuration, SettingsReader reader)
    {
        List<(string Setting, string Url)> urls = Split(configuration["urls"]).Select(url => ("ASPNETCORE_URLS (or --urls)", url)).ToList();
        if (urls.Count == 0)
        {
            urls.AddRange(Split(configuration["http_ports"]).Select(port => ("ASPNETCORE_HTTP_PORTS", $"http://*:{port}")));
            urls.AddRange(Split(configuration["https_ports"]).Select(port => ("ASPNETCORE_HTTPS_PORTS", $"https://*:{port}")));
        }

        urls.AddRange(configuration.GetSection("Kestrel:Endpoints").GetChildren().Where(endpoint => endpoint["Url"] is not null).Select(endpoint => ($"Kestrel__Endpoints__{endpoint.Key}__Url", endpoint["Url"]!)));
        foreach ((string setting, string url) in urls.Where(item => !CanBeListenedOn(item.Url)))
        {
            reader.Refuse(setting, $"has {SettingsReader.Shown(url)}, but must have http or https addresses with a port from 0 to 65535, such as http://localhost:7071.");
        }

        return new ListeningAddresses(urls.Select(item => item.Url).Where(CanBeListenedOn).ToList());
    }

    public override string ToString() => string.Join(", ", Urls);

    private static List<string> Split(string? text) => (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToList();

    /// <summary>ASP.NET Core takes a host with a wrong port for a name, and listens for any.</summary>
    private static bool CanBeListenedOn(string url)
    {
        try
        {
            BindingAddress address = BindingAddress.Parse(url);
            return address.Scheme is "http" or "https" && (address.IsUnixPipe || (address.Port is >= 0 and <= 65535 && (address.Host.StartsWith('[') || !address.Host.Contains(':', StringComparison.Ordinal))));
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static bool IsLoopback(string url)
    {
        BindingAddress address = BindingAddress.Parse(url);
        return !address.IsUnixPipe
            && (string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)
                || (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip)));
    }
}
