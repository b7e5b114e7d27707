namespace Histoseg.Engine.Ranks;

/// <summary>The ranks of a training cannot find one another, or one of them has gone.</summary>
public sealed class RankError : EngineError
{
    /// <summary>An error with its one-line message.</summary>
    public RankError(string message) : base(message) { }

    /// <summary>An error with its one-line message and what caused it.</summary>
    public RankError(string message, Exception inner) : base(message, inner) { }

    /// <summary>Nothing was heard for as long as is waited.</summary>
    public static RankError Silent(string who, TimeSpan limit) =>
        new(Figures.Text($"{who} answered nothing for {limit.TotalSeconds:0} s; look at its machine and its messages"));
}
