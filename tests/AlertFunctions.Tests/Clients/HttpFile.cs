using System.Text;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Clients;

/// <summary>
/// A file of requests as the editors send them: variables (<c>@name = value</c>, <c>{{name}}</c>), comments, and requests with <c>###</c> between them. What
/// would bring the program of an editor (httpyac, 200 packages) to everybody who develops this is read here in some lines.
/// </summary>
internal static class HttpFile
{
    /// <summary>The requests of a file, in order.</summary>
    /// <param name="path">The file's path in the repository.</param>
    /// <param name="variables">Values of variables in place of the file's own.</param>
    public static IEnumerable<HttpRequestMessage> Requests(string path, IReadOnlyDictionary<string, string> variables)
    {
        string[] lines = Repository.Read(path).Split('\n');
        Dictionary<string, string> values = lines.Where(line => line.StartsWith('@')).Select(line => line[1..].Split('=', 2))
            .ToDictionary(parts => parts[0].Trim(), parts => variables.GetValueOrDefault(parts[0].Trim(), parts[1].Trim()), StringComparer.Ordinal);
        string text = values.Aggregate(string.Join('\n', lines.Where(line => !line.StartsWith('@'))), (filled, value) => filled.Replace($"{{{{{value.Key}}}}}", value.Value, StringComparison.Ordinal));
        return text.Split("\n###").Skip(1).Select(request => Read(request[(request.IndexOf('\n', StringComparison.Ordinal) + 1)..]));
    }

    private static HttpRequestMessage Read(string text)
    {
        string[] parts = text.Split("\n\n", 2);
        string[] head = parts[0].Split('\n');
        string[] line = head[0].Split(' ');
        var request = new HttpRequestMessage(new HttpMethod(line[0]), line[1]);
        if (parts is [_, var body] && body.Trim().Length > 0)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.Trim()));
        }

        foreach (string[] header in head.Skip(1).Where(header => header.Length > 0).Select(header => header.Split(": ", 2)))
        {
            Assert.True(request.Headers.TryAddWithoutValidation(header[0], header[1]) || request.Content!.Headers.TryAddWithoutValidation(header[0], header[1]), header[0]);
        }

        return request;
    }
}
