using System.Security.Cryptography;
using System.Text;
using AlertFunctions.Core.Settings;

namespace AlertFunctions.Standalone;

/// <summary>The keys that the host accepts.</summary>
internal sealed class KeyRing
{
    private readonly List<(byte[] Hash, KeyRole Role)> _keys = [];

    /// <summary>The settings that hold the keys.</summary>
    public static IEnumerable<string> Settings => KeyRole.All.Select(SettingOf);

    /// <summary>Whether no key is configured, so that none is asked for.</summary>
    public bool IsEmpty => _keys.Count == 0;

    /// <summary>Reads the keys. A setting that is set and holds none is refused: whoever wrote it did not mean a host without keys.</summary>
    /// <param name="reader">Reads the host's configuration; what is wrong is noted in it.</param>
    public static KeyRing Read(SettingsReader reader)
    {
        var ring = new KeyRing();
        foreach (KeyRole role in KeyRole.All)
        {
            string setting = SettingOf(role);
            string[] keys = (reader.Text(setting) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (keys.Length == 0 && reader.Text(setting) is not null)
            {
                reader.Refuse(setting, "holds commas but no key, and must hold keys separated by commas, or be left out.");
            }

            ring._keys.AddRange(keys.Select(key => (Hash(key), role)));
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

    private static string SettingOf(KeyRole role) => $"Keys:{role.Name}";

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
