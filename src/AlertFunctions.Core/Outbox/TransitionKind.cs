namespace AlertFunctions.Core.Outbox;

/// <summary>The two transitions of an alert.</summary>
public enum TransitionKind
{
    /// <summary>The alert becomes outstanding (S4, S5, S6).</summary>
    Raise,

    /// <summary>The alert is cleared.</summary>
    Clear,
}
