using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Fuzz;

/// <summary>Expressions and bodies that are made by chance. Whatever an expression makes of a body, it is answered, and never with 500.</summary>
public sealed class MappingFuzzTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const int Requests = 1_500;

    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] s_names = ["a", "b", "list", "host", "\"端末\"", "@", "$", "*", "$x"];
    private static readonly string[] s_constants = ["'x'", "'firing'", "`0`", "`null`", "`[1, \"a\", {\"b\": 2}]`", "`1e400`", "`-5`", "`true`", "''", "`99999999999999999999`"];
    private static readonly string[] s_functions =
    [
        "abs", "avg", "ceil", "contains", "ends_with", "find_first", "find_last", "floor", "from_items", "group_by", "items", "join", "keys", "length", "lower", "map", "max", "max_by", "merge", "min", "min_by", "not_null",
        "replace", "reverse", "sort", "sort_by", "split", "starts_with", "sum", "to_array", "to_number", "to_string", "trim", "trim_left", "trim_right", "type", "upper", "values", "zip", "nothing",
    ];

    private static readonly string[] s_fields = ["items", "computer", "alert", "state", "id", "time", "severity", "message"];

    [Fact]
    public Task No_expression_and_no_body_is_answered_with_500() => SendAsync(seed: 20261128);

    /// <summary>Each night another seed.</summary>
    [Fact(Explicit = true)]
    [Trait("Category", "Nightly")]
    public Task No_other_expression_and_body_either() => SendAsync(Environment.TickCount);

    private async Task SendAsync(int seed)
    {
        int tried = 0;
        for (int number = 0; number < Requests; number++)
        {
            var chance = new Chance(seed + number);
            string mapping = MappingOf(chance).ToJsonString(s_json);
            string sample = Value(chance, 4)?.ToJsonString(s_json) ?? "null";
            string request = $$"""{ "mapping": {{mapping}}, "sample": {{sample}} }""";

            Answer trial = await PostAsync("/api/mappings/try", request);
            tried += trial.Status == HttpStatusCode.OK ? 1 : 0;
            Assert.True(trial.Status is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"Seed {seed}, request {number}: {trial.Text}\n{request}");

            // Storage makes a request a hundred times as long, and has no part in most of what can go wrong.
            if (trial.Status == HttpStatusCode.OK && number % 10 == 0)
            {
                Answer written = await PutAsync(mapping);
                Answer recorded = await PostAsync("/api/events?mapping=m", sample);
                Assert.True((written.Status, recorded.Status) == (HttpStatusCode.OK, HttpStatusCode.OK), $"Seed {seed}, request {number}: {written.Text} {recorded.Text}\n{request}");
                Assert.Equal((int)trial.Json["rejected"]!, (int)recorded.Json["rejected"]!);
            }
        }

        Assert.InRange(tried, Requests / 5, Requests); // otherwise little was evaluated
    }

    private static JsonObject MappingOf(Chance chance)
    {
        var mapping = new JsonObject { ["computer"] = "host", ["alert"] = "'A'" };
        for (int times = chance.OneOf(1, 1, 1, 2, 3); times > 0; times--)
        {
            mapping[chance.OneOf(s_fields)] = Expression(chance, chance.OneOf(1, 2, 3, 4));
        }

        return mapping;
    }

    private static string Expression(Chance chance, int depth) => chance.Below(depth == 0 ? 2 : 18) switch
    {
        0 => chance.OneOf(s_names),
        1 => chance.In100(90) ? chance.OneOf(s_constants) : chance.OddText(),
        2 or 3 => $"{Expression(chance, depth - 1)}.{chance.OneOf(s_names)}",
        4 => $"{Expression(chance, depth - 1)}{chance.OneOf("[]", "[*]", "[0]", "[-1]", "[::2]", "[::-1]", "[1:]", "[9999999999]")}",
        5 => $"{Expression(chance, depth - 1)} {chance.OneOf("|", "||", "&&", "==", "!=", "<", ">=", "+", "-", "*", "/", "//", "%")} {Expression(chance, depth - 1)}",
        6 => $"{Expression(chance, depth - 1)}[?{Expression(chance, depth - 1)}]",
        7 => $"[{Expression(chance, depth - 1)}, {Expression(chance, depth - 1)}]",
        8 => $"{Expression(chance, depth - 1)}.{{a: {Expression(chance, depth - 1)}, host: {Expression(chance, depth - 1)}}}",
        9 => $"!{Expression(chance, depth - 1)}",
        10 => $"({Expression(chance, depth - 1)})",
        11 => $"let $x = {Expression(chance, depth - 1)} in {Expression(chance, depth - 1)}",
        12 => Expression(chance, depth - 1) + chance.OneOf("[", "(", "'", "`", "\"", "\\", ".", "&", "\0", " "),
        13 => $"{chance.OneOf(s_functions)}(&{chance.OneOf(s_names)}, {Expression(chance, depth - 1)})",
        _ => $"{chance.OneOf(s_functions)}({string.Join(", ", Enumerable.Range(0, chance.OneOf(1, 1, 1, 2, 2, 3)).Select(_ => Expression(chance, depth - 1)))})",
    };

    private static JsonNode? Value(Chance chance, int depth) => chance.Below(depth == 0 ? 6 : 12) switch
    {
        0 => null,
        1 => chance.OneOf(0, 1, -5, 1_795_474_800),
        2 => chance.OneOf(0.5, 1e300, 1_795_474_800_000d),
        3 => chance.In100(50),
        4 => chance.OddText(),
        5 => chance.OneOf("firing", "resolved", "2026-11-24T02:00:00Z", "web01"),
        6 or 7 => new JsonArray([.. Enumerable.Range(0, chance.Below(4)).Select(_ => Value(chance, depth - 1))]),
        _ => new JsonObject(((string[])["a", "b", "list", "host", "端末"]).Where(_ => chance.In100(60)).Select(name => KeyValuePair.Create(name, Value(chance, depth - 1)))),
    };

    private async Task<Answer> PostAsync(string path, string body)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(body));
        return await Product.SendStreamAsync("POST", path, stream, "application/json");
    }

    private async Task<Answer> PutAsync(string mapping)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(mapping));
        return await Product.SendStreamAsync("PUT", "/api/mappings/m", stream, "application/json");
    }
}
