using AlertFunctions.Client;
using AlertFunctions.Client.Models;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Http.HttpClientLibrary;
using static AlertFunctions.Client.Api.Events.EventsRequestBuilder;

// A program that uses the generated client: it raises an alert on a number of computers, and reads all of them page by page.
string address = args[0];
string key = args[1];
int computers = int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture);

// Kiota's own provider of keys wants https.
using var http = new HttpClient { DefaultRequestHeaders = { { "x-functions-key", key } } };
using var adapter = new HttpClientRequestAdapter(new AnonymousAuthenticationProvider(), httpClient: http) { BaseUrl = address };
var client = new AlertsClient(adapter);

int raised = 0;
foreach (int[] some in Enumerable.Range(1, computers).Chunk(1_000))
{
    List<NewEvent> events = [.. some.Select(number => new NewEvent { Computer = $"pc{number:0000}", Alert = "Eicar", Severity = Severity.Critical })];
    raised += (await client.Api.Events.PostAsync(new EventsPostRequestBody { NewEvent = events }))!.Raised!.Count;
}

var listed = new HashSet<string?>();
int pages = 0;
string? continuation = null;
do
{
    PageOfAlert page = (await client.Api.Alerts.GetAsync(request =>
    {
        request.QueryParameters.Top = 400;
        request.QueryParameters.Continuation = continuation;
    }))!;
    listed.UnionWith(page.Items!.Where(alert => alert.Severity == Severity.Critical).Select(alert => alert.Computer));
    continuation = page.Continuation;
    pages++;
}
while (continuation is not null);

string code;
try
{
    await client.Api.Users["nobody"].GetAsync();
    code = "found";
}
catch (Problem problem)
{
    code = problem.Code!;
}

Console.WriteLine($"raised {raised}, listed {listed.Count} on {pages} pages, {code}");
