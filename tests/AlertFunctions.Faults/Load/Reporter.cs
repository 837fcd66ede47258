using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Faults.Ledger;
using AlertFunctions.Faults.Stage;
using AlertFunctions.WorkerHost;

namespace AlertFunctions.Faults.Load;

/// <summary>A client that reports of computers of its own, one request after the other, and repeats each until it is acknowledged, as clients must.</summary>
/// <param name="number">The client's number.</param>
/// <param name="seed">Decides what it reports.</param>
/// <param name="processes">Where it may send a request.</param>
/// <param name="sent">What it has sent.</param>
internal sealed class Reporter(int number, int seed, IReadOnlyList<Supervisor> processes, SentEvents sent)
{
    /// <summary>How many alert types there are: several in each shard.</summary>
    public const int AlertTypes = 16;

    private const int MaximumBatch = 8;

    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(800);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan s_shortestRetry = TimeSpan.FromMilliseconds(100);

    private readonly Random _chance = new((seed * 31) + number);
    private readonly List<Watched> _computers = [];
    private int _tokens;
    private int _requests;

    /// <summary>Reports until it is to end; by then, everything that it began to report is acknowledged.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await ReportAsync(NextEvents());
            await Task.Delay(_chance.NextDouble() * s_longestPause, CancellationToken.None);
        }
    }

    /// <summary>The name of an alert type.</summary>
    public static string AlertType(int type) => $"Alert {type}";

    /// <summary>Whether mail is sent when an alert of that type is cleared.</summary>
    public static bool MailsClears(int type) => type % 4 == 0;

    private List<Transition> NextEvents()
    {
        int events = _chance.Next(4) == 0 ? _chance.Next(2, MaximumBatch + 1) : 1;
        HashSet<Watched> taken = [];
        return [.. Enumerable.Range(0, events).Select(_ => NextEvent(taken))];
    }

    /// <summary>Mostly a computer that was not heard of, else one of the known, each at most once in a request.</summary>
    private Transition NextEvent(HashSet<Watched> taken)
    {
        Watched? known = _computers.Count > 0 && _chance.Next(10) < 4 ? _computers[_chance.Next(_computers.Count)] : null;
        if (known is null || !taken.Add(known))
        {
            known = new Watched(_chance.Next(AlertTypes), string.Create(CultureInfo.InvariantCulture, $"computer-{number}-{_computers.Count}"));
            _computers.Add(known);
            taken.Add(known);
        }

        TransitionKind kind = !known.IsRaised ? TransitionKind.Raise : _chance.Next(3) == 0 ? TransitionKind.Repeat : TransitionKind.Clear;
        known.IsRaised = kind != TransitionKind.Clear;
        string token = string.Create(CultureInfo.InvariantCulture, $"token{number}x{_tokens++}");
        return new Transition(token, kind, AlertType(known.Type), known.Computer, known.Events++, kind == TransitionKind.Raise || (kind == TransitionKind.Clear && MailsClears(known.Type)));
    }

    private async Task ReportAsync(List<Transition> events)
    {
        sent.Send(events);
        string body = BodyOf(events);
        bool unread = _chance.Next(7) == 0;
        while (!await TryReportAsync(body, unread))
        {
            unread = false;
            await Task.Delay(s_shortestRetry * (1 + _chance.Next(5)));
        }

        events.ForEach(item => item.Acknowledged = true);
    }

    /// <returns>Whether it was acknowledged.</returns>
    private async Task<bool> TryReportAsync(string body, bool unread)
    {
        Supervisor turn = processes[(_requests++ + number) % processes.Count];
        Supervisor process = turn.IsUp ? turn : processes.FirstOrDefault(other => other.IsUp) ?? turn;
        using var patience = new CancellationTokenSource(unread ? _chance.NextDouble() * s_shortestRetry : s_patience);
        try
        {
            IProductLife life = await process.UpAsync(s_patience);
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await life.SendAsync(HttpMethod.Post, "/api/events", content, patience.Token);
            if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable))
            {
                sent.NoteWrongAnswer($"Answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(patience.Token)}");
            }

            if (answer.StatusCode == HttpStatusCode.OK)
            {
                process.NoteAcknowledged(life);
            }

            return answer.StatusCode == HttpStatusCode.OK && !unread;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException or TimeoutException or ObjectDisposedException or InvalidOperationException or WorkerEndedException or WorkerFailedException)
        {
            return false; // the process is gone, or the client has not waited
        }
    }

    private static string BodyOf(List<Transition> events)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        JsonNode[] nodes = [.. events.Select(item => new JsonObject
        {
            ["id"] = item.Token,
            ["time"] = now.ToString("O", CultureInfo.InvariantCulture),
            ["computer"] = item.Computer,
            ["alert"] = item.Alert,
            ["state"] = item.Kind == TransitionKind.Clear ? "cleared" : "occurred",
            ["message"] = item.Token,
        })];
        return (nodes.Length == 1 ? nodes[0] : new JsonArray(nodes)).ToJsonString();
    }

    /// <summary>A computer, and what was last said of it.</summary>
    private sealed class Watched(int type, string computer)
    {
        public int Type => type;

        public string Computer => computer;

        public bool IsRaised { get; set; }

        public int Events { get; set; }
    }
}
