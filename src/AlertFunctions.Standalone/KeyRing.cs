using System.Security.Cryptography;
using System.Text;

namespace AlertFunctions.Standalone;

/// <summary>The keys that the host accepts.</summary>
internal sealed class KeyRing
{
    private readonly List<(byte[] Hash, KeyRole Role)> _keys = [];

    /// <summary>Whether no key is configured, so that none is asked for.</summary>
    public bool IsEmpty => _keys.Count == 0;

    public static KeyRing Read(IConfiguration configuration)
    {
        var ring = new KeyRing();
        foreach (KeyRole role in KeyRole.All)
        {
            foreach (string key in (configuration[$"Keys:{role.Name}"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                ring._keys.Add((Hash(key), role));
            }
        }

        return ring;
    }

    /// <summary>
    /// The roles of a key; none for a wrong one, all where no key is configured. Every key is compared, in constant time, so that the time taken tells
    /// nothing.
    /// </summary>
    public IReadOnlyList<KeyRole> RolesOf(string? key)
    {
        if (IsEmpty)
        {
            return KeyRole.All;
        }

        byte[] hash = Hash(key ?? "");
        var roles = new List<KeyRole>();
        foreach ((byte[] known, KeyRole role) in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, known))
            {
                roles.Add(role);
            }
        }

        return roles;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
