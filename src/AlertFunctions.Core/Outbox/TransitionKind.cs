namespace AlertFunctions.Core.Outbox;

/// <summary>The two transitions of an alert.</summary>
public enum TransitionKind
{
    /// <summary>The alert comes to exist (S4, S5, S6).</summary>
    Raise,

    /// <summary>The alert no longer exists.</summary>
    Clear,
}
