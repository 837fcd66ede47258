using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Http;

/// <summary>What holds for every route that the OpenAPI document names, those of tomorrow included.</summary>
public sealed partial class ContractTests(AzuriteServer azurite) : ProductTest(azurite)
{
    /// <summary>What the product takes from a sender, or counts by number, keeps the names that it has.</summary>
    private static readonly string[] s_foreignNames = ["data", "failures"];

    [Fact]
    public async Task Every_GET_answers_in_camelCase_JSON_in_UTF8_with_times_in_UTC_and_HEAD_as_GET_does()
    {
        Smtp.StopListening();
        ExpectFailingMail();
        await PutUserAsync("daily");
        await PutAsync("/api/scheduled-tasks/daily", """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "timeZone": "Asia/Tokyo", "recipients": { "allUsers": true } }""");
        await PutAsync("/api/mappings/daily", """{ "computer": "host", "alert": "event" }""");
        await Product.PostEventsAsync("""{ "computer": "端末A", "alert": "Eicar", "id": "1", "time": "2026-11-24T10:30:00+09:00", "data": { "Path": "C:\\", "when": "2026-11-24T10:30:00+09:00" } }""");
        await Product.WorkOffQueueAsync();

        foreach (ApiOperation operation in (await ContractAsync()).Operations.Where(operation => operation.Method == "GET"))
        {
            string path = operation.Path.Replace("{name}", "daily", StringComparison.Ordinal) + (operation.Path == "/api/alerts/detail" ? "?alert=Eicar&computer=端末A" : "");
            Answer answer = await Product.SendAsync("GET", path);
            Assert.True(answer is { Status: HttpStatusCode.OK, ContentType: "application/json; charset=utf-8" }, $"{path}: {answer}");
            Assert.All(Values(answer.Json), value =>
            {
                Assert.Matches(CamelCase(), value.Name);
                Assert.True(!Time().IsMatch(value.Text) || value.Text.EndsWith('Z'), $"{path} {value}");
            });

            Answer head = await Product.SendAsync("HEAD", path);
            Assert.Equal((answer.Status, answer.ContentType), (head.Status, head.ContentType));
        }
    }

    [Fact]
    public async Task Every_route_refuses_a_query_parameter_that_it_does_not_know()
    {
        foreach (ApiOperation operation in (await ContractAsync()).Operations)
        {
            Answer answer = await Product.SendAsync(operation.Method, $"{operation.Path.Replace("{name}", "daily", StringComparison.Ordinal)}?recieve=1", operation.Bodies.Count > 0 ? "{}" : null, operation.Bodies.Select(body => body.ContentType).FirstOrDefault());

            Assert.True(answer.Status == HttpStatusCode.BadRequest && answer.Json["errors"]!["recieve"] is not null, $"{operation.Method} {operation.Path}: {answer.Text}");
        }
    }

    [Fact]
    public async Task Every_JSON_body_refuses_a_field_that_it_does_not_know()
    {
        foreach (ApiOperation operation in (await ContractAsync()).Operations.Where(operation => operation.Method != "PATCH"))
        {
            foreach ((string contentType, _) in operation.Bodies.Where(body => body.ContentType == "application/json"))
            {
                Answer answer = await Product.SendAsync(operation.Method, operation.Path.Replace("{name}", "daily", StringComparison.Ordinal), """{ "recieve": 1 }""", contentType);

                Assert.True(answer.Status == HttpStatusCode.BadRequest && answer.Json["errors"]!["$.recieve"] is not null, $"{operation.Method} {operation.Path}: {answer.Text}");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_1_MiB_is_taken_and_one_byte_more_is_not(bool compressed)
    {
        foreach ((int length, HttpStatusCode status) in ((int, HttpStatusCode)[])[(1024 * 1024, HttpStatusCode.OK), ((1024 * 1024) + 1, HttpStatusCode.RequestEntityTooLarge)])
        {
            byte[] body = Encoding.UTF8.GetBytes("""{ "computer": "A", "alert": "Eicar" }""".PadRight(length));

            Answer answer = compressed
                ? await Product.SendBytesAsync("POST", "/api/events", Compress(body), headers: new Dictionary<string, string>(StringComparer.Ordinal) { ["Content-Encoding"] = "gzip" })
                : await Product.SendBytesAsync("POST", "/api/events", body);

            Assert.Equal(status, answer.Status);
        }
    }

    [Fact]
    public async Task A_page_has_100_items_unless_top_says_otherwise_and_the_number_of_all()
    {
        Smtp.On(SmtpStep.Recipient).Reply("550 5.1.1 no such user");
        await Product.PostEventsAsync($"[{string.Join(',', Enumerable.Range(0, 101).Select(number => $$"""{ "computer": "pc{{number}}", "alert": "type{{number}}" }"""))}]");
        await Product.WorkOffQueueAsync();

        foreach (string path in (string[])["/api/alerts", "/api/computers", "/api/system-events", "/api/mail", "/api/mail/history"])
        {
            Assert.Equal((path, 100, 7), (path, await CountAsync(path), await CountAsync($"{path}?top=7")));
            JsonNode whole = await Product.GetAsync($"{path}?top=1000");
            int total = whole["items"]!.AsArray().Count;
            Assert.Equal((path, total, null), (path, whole["total"]!.GetValue<int>(), whole["continuation"]));
            Assert.Null((await Product.GetAsync($"{path}?top={total}"))["continuation"]);
            for (string? continuation = ""; continuation is not null;)
            {
                JsonNode page = await Product.GetAsync($"{path}?top=40&continuation={continuation}");
                Assert.Equal((path, total), (path, page["total"]!.GetValue<int>()));
                continuation = page["continuation"]?.GetValue<string>();
            }
        }

        async Task<int> CountAsync(string path) => (await Product.GetAsync(path))["items"]!.AsArray().Count;
    }

    private async Task<ApiContract> ContractAsync() => new(await Product.GetAsync("/openapi/v1.json"));

    /// <summary>All fields of an answer, with their names and texts.</summary>
    private static IEnumerable<(string Name, string Text)> Values(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(field => Values(s_foreignNames.Contains(field.Key) ? null : field.Value).Append((field.Key, field.Value?.GetValueKind() == JsonValueKind.String ? (string)field.Value! : ""))),
        JsonArray items => items.SelectMany(Values),
        _ => [],
    };

    private static byte[] Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }

    [GeneratedRegex("^[a-z][A-Za-z0-9]*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CamelCase();

    [GeneratedRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Time();
}
