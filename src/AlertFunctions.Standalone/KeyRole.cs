using AlertFunctions.Api;

namespace AlertFunctions.Standalone;

/// <summary>What a key allows.</summary>
/// <param name="Name">The role's name: <c>Keys__</c> and the name is the setting that has its keys.</param>
/// <param name="Only">The one thing that a key of this role may do, in words; null where it may do everything.</param>
/// <param name="Policies">The access policies that it satisfies.</param>
internal sealed record KeyRole(string Name, string? Only, params string[] Policies)
{
    /// <summary>Every role. The first two are like the function keys of <c>RecordEvents</c> and <c>Read</c>.</summary>
    public static readonly IReadOnlyList<KeyRole> All =
    [
        new("Events", "post events", AccessPolicies.PostEvents),
        new("Read", "read", AccessPolicies.Read),
        new("Manage", null, AccessPolicies.PostEvents, AccessPolicies.Read, AccessPolicies.Manage),
    ];

    /// <summary>The answer to a key where it is not enough.</summary>
    /// <param name="roles">The key's roles.</param>
    public static string RefusalOf(IEnumerable<KeyRole> roles)
    {
        List<string?> only = roles.Select(role => role.Only).ToList();
        return only.Contains(null) ? "No key opens this route, because it names no access policy." : $"This key may only {string.Join(" and ", only)}.";
    }
}
