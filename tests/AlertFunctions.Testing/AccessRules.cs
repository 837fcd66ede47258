namespace AlertFunctions.Testing;

/// <summary>What a caller needs to be let in.</summary>
public enum Access
{
    /// <summary>No key.</summary>
    Anybody,

    /// <summary>A key that may post events.</summary>
    Events,

    /// <summary>A key that may read.</summary>
    Read,

    /// <summary>A key that may do everything.</summary>
    Manage,
}

/// <summary>
/// Who may do what, as the documentation promises it: written by hand, and taken from no declaration of the hosts. Both are held to it, with every route
/// that they have, so that a new route is in the test by itself.
/// </summary>
public static class AccessRules
{
    /// <summary>What it takes to use a method of an address.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path.</param>
    public static Access Of(string method, string path)
    {
        string[] parts = path.Trim('/').Split('/');
        bool reads = method is "GET" or "HEAD";
        return parts switch
        {
            ["api", "health"] when reads => Access.Anybody,
            ["api", "events"] when method is "POST" or "OPTIONS" => Access.Events,
            ["api", ..] or ["metrics"] when reads => Access.Read,
            ["api" or "admin", ..] => Access.Manage,
            _ => Access.Anybody, // the console, the document and its page, which hold nothing secret
        };
    }
}
