namespace Histoseg.SoftwareCuda;

/// <summary>A stream: operations waiting until something forces them to run.</summary>
/// <param name="index">Its place in every <see cref="Timeline"/>.</param>
/// <param name="name">For messages.</param>
/// <param name="blocking">Whether it is ordered with the legacy default stream.</param>
internal sealed class StreamState(int index, string name, bool blocking)
{
    public int Index { get; } = index;

    public string Name { get; } = name;

    public bool Blocking { get; } = blocking;

    public Queue<Operation> Waiting { get; } = new();

    /// <summary>All that the next operation comes after.</summary>
    public Timeline Now { get; } = new();

    /// <summary>Number of the last operation that has run.</summary>
    public long Done { get; set; }

    /// <summary>The capture this stream takes part in.</summary>
    public CaptureState? Capture { get; set; }

    /// <summary>Nodes of the capture that the next one comes after.</summary>
    public List<int> Frontier { get; set; } = [];
}
