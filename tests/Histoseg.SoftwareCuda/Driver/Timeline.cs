namespace Histoseg.SoftwareCuda;

/// <summary>A vector clock: what has happened before a point, as the last operation of each stream; with the simulated time of that point.</summary>
internal sealed class Timeline
{
    private long[] _last = [];

    /// <summary>Nanoseconds since the device was made.</summary>
    public double Time { get; set; }

    /// <summary>Number of streams this knows of.</summary>
    public int Streams => _last.Length;

    /// <summary>The last operation of a stream that happened before; 0 if none did.</summary>
    public long this[int stream]
    {
        get => stream < _last.Length ? _last[stream] : 0;
        set
        {
            if (stream >= _last.Length)
                Array.Resize(ref _last, stream + 1);
            _last[stream] = value;
        }
    }

    /// <summary>Lets all that <paramref name="other"/> knows happen before this point too.</summary>
    public void Join(Timeline other)
    {
        if (_last.Length < other._last.Length)
            Array.Resize(ref _last, other._last.Length);
        for (var i = 0; i < other._last.Length; i++)
            _last[i] = Math.Max(_last[i], other._last[i]);
        Time = Math.Max(Time, other.Time);
    }

    /// <summary>A copy that later joins do not change.</summary>
    public Timeline Copy() => new() { _last = [.. _last], Time = Time };
}
