using AlertFunctions.Api;

namespace AlertFunctions.Standalone;

/// <summary>What a key allows.</summary>
/// <param name="Name">The role's name: <c>Keys__</c> and the name is the setting that has its keys.</param>
/// <param name="Refusal">The answer to a key of this role where it is not enough.</param>
/// <param name="Policies">The access policies that it satisfies.</param>
internal sealed record KeyRole(string Name, string Refusal, params string[] Policies)
{
    /// <summary>Every role.</summary>
    public static readonly IReadOnlyList<KeyRole> All =
    [
        new("Events", "This key may only post events.", AccessPolicies.PostEvents), // like the function key of RecordEvents
        new("Manage", "No key opens this route, because it names no access policy.", AccessPolicies.PostEvents, AccessPolicies.Read, AccessPolicies.Manage),
    ];
}
