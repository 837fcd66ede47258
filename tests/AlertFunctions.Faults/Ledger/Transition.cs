using System.Collections.Concurrent;

namespace AlertFunctions.Faults.Ledger;

/// <summary>What an event says about an alert on a computer.</summary>
internal enum TransitionKind
{
    /// <summary>It is raised.</summary>
    Raise,

    /// <summary>It is cleared.</summary>
    Clear,

    /// <summary>It is reported again while it is outstanding, about which nobody is to get mail.</summary>
    Repeat,
}

/// <summary>An event that was sent to the product.</summary>
/// <param name="Token">Its id, and its message, by which a mail about it is recognised.</param>
/// <param name="Kind">What it says.</param>
/// <param name="Alert">The alert type.</param>
/// <param name="Computer">The computer, which only one client reports of.</param>
/// <param name="Number">Which event of this alert on this computer it is, from 0.</param>
/// <param name="Mailed">Whether there is to be mail about it.</param>
internal sealed record Transition(string Token, TransitionKind Kind, string Alert, string Computer, int Number, bool Mailed)
{
    /// <summary>Whether the product has answered 200.</summary>
    public bool Acknowledged { get; set; }
}

/// <summary>What was sent to the product, and what it has acknowledged.</summary>
internal sealed class SentEvents
{
    private readonly ConcurrentDictionary<string, Transition> _sent = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _wrongAnswers = new();

    /// <summary>Everything that was sent, acknowledged or not.</summary>
    public IReadOnlyCollection<Transition> All => [.. _sent.Values];

    /// <summary>Answers that no fault explains.</summary>
    public IReadOnlyCollection<string> WrongAnswers => _wrongAnswers;

    /// <summary>Notes what is about to be sent.</summary>
    public void Send(IEnumerable<Transition> transitions)
    {
        foreach (Transition transition in transitions)
        {
            _sent[transition.Token] = transition;
        }
    }

    /// <summary>Notes an answer that no fault explains.</summary>
    public void NoteWrongAnswer(string answer) => _wrongAnswers.Enqueue(answer);
}
