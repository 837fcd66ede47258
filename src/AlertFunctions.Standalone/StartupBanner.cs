namespace AlertFunctions.Standalone;

/// <summary>What the host says when it has started: what is where, and a command that shows it at work.</summary>
internal static class StartupBanner
{
    public static void Write(TextWriter output, IEnumerable<string> urls, bool withoutKeys, Uri? inbox)
    {
        string url = urls.FirstOrDefault() ?? "";
        output.WriteLine();
        output.WriteLine($"AlertFunctions listens on {string.Join(", ", urls)}");
        output.WriteLine($"  Console: {url}/");
        output.WriteLine($"  API:     {url}/openapi/v1.json");
        if (inbox is not null)
        {
            output.WriteLine($"  Inbox:   {inbox}");
        }

        output.WriteLine("  Try:");
        string key = withoutKeys ? "" : "-H 'x-functions-key: KEY' ";
        output.WriteLine($$"""    curl {{url}}/api/events {{key}}-H 'Content-Type: application/json' -d '{"computer":"web01","alert":"Eicar","severity":"critical","message":"Eicar_test_file"}'""");
        output.WriteLine();
    }
}
