using System.Security.Cryptography;
using System.Text;

namespace AlertFunctions.Standalone;

/// <summary>What a key allows.</summary>
internal enum KeyRole
{
    /// <summary>Nothing: no key, or a wrong one.</summary>
    None,

    /// <summary>Posting events, like the function key of <c>RecordEvents</c>.</summary>
    Events,

    /// <summary>Everything.</summary>
    Manage,
}

/// <summary>The keys that the host accepts.</summary>
internal sealed class KeyRing
{
    private readonly List<(byte[] Hash, KeyRole Role)> _keys = [];

    /// <summary>Whether no key is configured, so that none is asked for.</summary>
    public bool IsEmpty => _keys.Count == 0;

    public static KeyRing Read(IConfiguration configuration)
    {
        var ring = new KeyRing();
        foreach (KeyRole role in (KeyRole[])[KeyRole.Events, KeyRole.Manage])
        {
            foreach (string key in (configuration[$"Keys:{role}"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                ring._keys.Add((Hash(key), role));
            }
        }

        return ring;
    }

    /// <summary>What a key allows. Every key is compared, in constant time, so that the time taken tells nothing.</summary>
    public KeyRole RoleOf(string? key)
    {
        byte[] hash = Hash(key ?? "");
        KeyRole role = KeyRole.None;
        foreach ((byte[] known, KeyRole allows) in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, known) && allows > role)
            {
                role = allows;
            }
        }

        return role;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
