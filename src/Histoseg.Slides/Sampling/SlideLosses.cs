namespace Histoseg.Slides.Sampling;

/// <summary>How badly a network does on each slide lately: a running average of the losses of the updates it had patches in.</summary>
/// <remarks>
/// Patches are drawn ahead of the updates, by several threads and on several machines, and a run that was stopped must draw the same ones again. So a draw
/// sees no running value but those of a round's beginning: updates are counted in rounds of <see cref="Round"/>, and draws of one round see what was known
/// before the round before it. Whoever draws may therefore be a whole round ahead of what is known.
/// </remarks>
internal sealed class SlideLosses
{
    /// <summary>Updates of a round.</summary>
    public const int Round = 32;

    private const float Kept = 0.8f;
    private readonly float[] _running;
    private volatile Known _known;

    private sealed record Known(long Round, float[] Now, float[] Next);

    /// <summary>Losses of slides that were not seen yet: each counts as worse than any that was.</summary>
    /// <param name="slides">How many slides there are.</param>
    public SlideLosses(int slides)
    {
        _running = new float[slides];
        Array.Fill(_running, float.PositiveInfinity);
        _known = new(0, [.. _running], [.. _running]);
    }

    /// <summary>Updates it was told of.</summary>
    public long Updates { get; private set; }

    /// <summary>Takes in the next update.</summary>
    /// <param name="slides">The slide of each of its patches.</param>
    /// <param name="loss">Its loss.</param>
    public void Add(IEnumerable<int> slides, double loss)
    {
        foreach (var slide in slides)
            _running[slide] = float.IsInfinity(_running[slide]) ? (float)loss : Kept * _running[slide] + (1 - Kept) * (float)loss;
        if (++Updates % Round == 0)
            _known = new(Updates / Round, _known.Next, [.. _running]);
    }

    /// <summary>The loss of a slide as draws of an update see it; infinite: it was not seen.</summary>
    /// <param name="slide">Index of the slide.</param>
    /// <param name="update">The update, in the round that goes on or in the one after.</param>
    public float Of(int slide, long update)
    {
        var known = _known;
        return (update / Round - known.Round) switch
        {
            0 => known.Now[slide],
            1 => known.Next[slide],
            _ => throw new InvalidOperationException($"update {update} is drawn while {Updates} are known"),
        };
    }

    /// <summary>All that draws depend on: three numbers a slide, to be given to <see cref="Restore"/>.</summary>
    public float[] State => [.. _running, .. _known.Now, .. _known.Next];

    /// <summary>Goes on from where another was; where that one kept no losses or had another number of slides, as if none was seen.</summary>
    /// <param name="updates">Updates made.</param>
    /// <param name="state">The other's <see cref="State"/>; null: it had none.</param>
    public void Restore(long updates, float[]? state)
    {
        Updates = updates;
        if (state?.Length != 3 * _running.Length)
            state = State;
        state.AsSpan(0, _running.Length).CopyTo(_running);
        _known = new(updates / Round, state[_running.Length..^_running.Length], state[^_running.Length..]);
    }
}
