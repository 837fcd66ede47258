using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Http;

/// <summary><c>POST /api/users/import</c>: users as a spreadsheet has them.</summary>
public sealed class UserImportTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Fact]
    public async Task The_CSV_of_the_list_comes_back_and_changes_nothing()
    {
        await PutUserAsync("-1@x", "'=ohara@example.com", culture: "ja");
        await PutUserAsync("@b", "+b@example.com");
        await PutAsync("/api/users/花子", """{ "email": null, "timeZone": "Asia/Tokyo" }""");
        Answer csv = await Product.SendAsync("GET", "/api/users", headers: new Dictionary<string, string>(StringComparer.Ordinal) { ["Accept"] = "text/csv" });
        Assert.Contains("\r\n'-1@x,''=ohara@example.com,true,ja,\r\n'@b,'+b@example.com,", csv.Text, StringComparison.Ordinal);
        Product.Storage.ForgetCalls();

        Assert.Equal("""{"added":[],"changed":[],"unchanged":3}""", (await ImportAsync(csv.Text)).Text);
        Assert.Equal(0, Product.Storage.Count(call => call.Method != "GET"));
    }

    [Fact]
    public async Task It_adds_and_changes_the_users_that_it_names_and_leaves_the_others()
    {
        await PutUserAsync("other");
        await PutUserAsync("hanako", culture: "ja");
        await PutUserAsync("same");

        Answer done = await ImportAsync("name,email,receiveAlertMail,culture,timeZone\nhanako,,false,en,\nnew,new@example.com,true,,Europe/Berlin\nsame,same@example.com,true,,\n");

        Assert.Equal("""{"added":["new"],"changed":["hanako"],"unchanged":1}""", done.Text);
        Assert.Equal(
            [
                """{"name":"hanako","email":null,"receiveAlertMail":false,"culture":"en","timeZone":null}""",
                """{"name":"new","email":"new@example.com","receiveAlertMail":true,"culture":null,"timeZone":"Europe/Berlin"}""",
                """{"name":"other","email":"other@example.com","receiveAlertMail":true,"culture":null,"timeZone":null}""",
                """{"name":"same","email":"same@example.com","receiveAlertMail":true,"culture":null,"timeZone":null}""",
            ],
            (await Product.GetAsync("/api/users"))["items"]!.AsArray().Select(user => user!.ToJsonString()));
    }

    [Fact]
    public async Task A_column_that_is_not_there_leaves_what_a_user_has()
    {
        await PutUserAsync("hanako", culture: "ja");

        await ImportAsync("email,name\nhanako@example.jp,hanako\nnew@example.com,new\n");

        Assert.Equal("""{"name":"hanako","email":"hanako@example.jp","receiveAlertMail":true,"culture":"ja","timeZone":null}""", (await Product.SendAsync("GET", "/api/users/hanako")).Text);
        Assert.Equal("""{"name":"new","email":"new@example.com","receiveAlertMail":false,"culture":null,"timeZone":null}""", (await Product.SendAsync("GET", "/api/users/new")).Text);
    }

    [Theory]
    [InlineData("\uFEFFname,email,receiveAlertMail\r\nhanako,hanako@example.com,TRUE\r\n")]
    [InlineData("name;email;receiveAlertMail\r\nhanako;hanako@example.com;true\r\n;;\r\n\r\n")]
    [InlineData("sep=;\nname;email;receiveAlertMail\nhanako;hanako@example.com;true")]
    [InlineData("name\temail\treceiveAlertMail\nhanako\thanako@example.com\ttrue")]
    [InlineData("\"name\",\"email\",\"receiveAlertMail\"\n\"hanako\", hanako@example.com , True\n")]
    public async Task It_is_read_as_spreadsheets_write_it(string csv)
    {
        Assert.Equal("""{"added":["hanako"],"changed":[],"unchanged":0}""", (await ImportAsync(csv)).Text);
        Assert.Equal("""{"name":"hanako","email":"hanako@example.com","receiveAlertMail":true,"culture":null,"timeZone":null}""", (await Product.SendAsync("GET", "/api/users/hanako")).Text);
    }

    [Theory]
    [InlineData("name,email\ngood,good@example.com\nbad,nowhere\n", "line 3, email", "must be an address that mail can be delivered to")]
    [InlineData("name,culture\n\n\nbad,fr\n", "line 4, culture", "is 'fr', but must be 'ja' or 'en'")]
    [InlineData("name,receiveAlertMail\nbad,yes\n", "line 2, receiveAlertMail", "must be true or false")]
    [InlineData("name,receiveAlertMail\nbad,true\n", "line 2, email", "is required when receiveAlertMail is true")]
    [InlineData("name,email\n,x@example.com\n", "line 2, name", "must be 1 to 64 letters")]
    [InlineData("name\na/b\n", "line 2, name", "must be 1 to 64 letters")]
    [InlineData("name\na\nb\na\n", "line 4, name", "is 'a', which line 2 names already")]
    [InlineData("name,email\n\"a\nb\",x@example.com\nc,d\n", "line 4, email", "must be an address")]
    [InlineData("name,mail\na,x@example.com\n", "line 1, mail", "is not known; accepted are name, email, receiveAlertMail, culture, timeZone")]
    [InlineData("name,email,email\na,,\n", "line 1, email", "is there more than once")]
    [InlineData("name,email\na\n", "line 2", "has 1 cells, but the first line names 2 columns")]
    [InlineData("email\nx@example.com\n", "$", "must begin with a line that names its columns")]
    [InlineData("", "$", "must begin with a line that names its columns")]
    [InlineData("name,email\na,\"x\n", "$", "line 2 has a quote that is not closed")]
    public async Task A_fault_is_named_by_line_and_column_and_nothing_is_imported(string csv, string place, string says)
    {
        Answer answer = await ImportAsync(csv);

        Assert.Equal((HttpStatusCode.BadRequest, "invalidRequest"), (answer.Status, (string)answer.Json["code"]!));
        Assert.Contains(says, (string)answer.Json["errors"]![place]![0]!, StringComparison.Ordinal);
        Assert.Empty(await Installation.RowsAsync("Users"));
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_different_and_changes_nothing()
    {
        await PutUserAsync("hanako");

        Assert.Equal("""{"added":["new"],"changed":["hanako"],"unchanged":0}""", (await ImportAsync("name,culture\nhanako,en\nnew,ja\n", "?dryRun=true")).Text);
        JsonNode user = Assert.Single((await Product.GetAsync("/api/users"))["items"]!.AsArray())!;
        Assert.Null(user["culture"]);
    }

    [Theory]
    [InlineData("application/json", "but must be text/csv")]
    [InlineData("text/csv; charset=shift_jis", "text/csv must be in UTF-8")]
    public async Task Another_content_type_is_refused(string contentType, string says)
    {
        Answer answer = await Product.SendAsync("POST", "/api/users/import", "name\na\n", contentType);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Status);
        Assert.Contains(says, (string)answer.Json["title"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_UTF_8_is_refused_in_words() =>
        Assert.Contains("not valid UTF-8", (await Product.SendBytesAsync("POST", "/api/users/import", [.. "name\n"u8, 0x89, 0xD4, 0x8E, 0x71], "text/csv")).Text, StringComparison.Ordinal);

    private Task<Answer> ImportAsync(string csv, string query = "") => Product.SendBytesAsync("POST", $"/api/users/import{query}", Encoding.UTF8.GetBytes(csv), "text/csv");
}
