using System.Net;

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

    public static ListeningAddresses Read(IConfiguration configuration)
    {
        List<string> urls = Split(configuration["urls"]);
        if (urls.Count == 0)
        {
            urls.AddRange(Split(configuration["http_ports"]).Select(port => $"http://*:{port}"));
            urls.AddRange(Split(configuration["https_ports"]).Select(port => $"https://*:{port}"));
        }

        urls.AddRange(configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>());
        return new ListeningAddresses(urls);
    }

    public override string ToString() => string.Join(", ", Urls);

    private static List<string> Split(string? text) => (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToList();

    private static bool IsLoopback(string url)
    {
        BindingAddress address = BindingAddress.Parse(url);
        return !address.IsUnixPipe
            && (string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)
                || (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip)));
    }
}
