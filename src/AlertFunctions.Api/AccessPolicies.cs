namespace AlertFunctions.Api;

/// <summary>What a caller must be allowed to do, by the names that the routes give to it. Each host says whose key allows it.</summary>
public static class AccessPolicies
{
    /// <summary>Posting events.</summary>
    public const string PostEvents = "PostEvents";

    /// <summary>Reading, which changes nothing.</summary>
    public const string Read = "Read";

    /// <summary>Changing anything but by events.</summary>
    public const string Manage = "Manage";
}
