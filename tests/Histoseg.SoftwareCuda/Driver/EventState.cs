namespace Histoseg.SoftwareCuda;

/// <summary>An event: the point of a stream it was last recorded at.</summary>
/// <param name="timed">Whether it may be asked for times.</param>
internal sealed class EventState(bool timed)
{
    public bool Timed { get; } = timed;

    /// <summary>The last recording outside captures.</summary>
    public Operation? Recorded { get; set; }

    /// <summary>The capture it was last recorded in, if that came later.</summary>
    public CaptureState? Capture { get; set; }

    /// <summary>The capture's nodes before the recording.</summary>
    public IReadOnlyList<int> Nodes { get; set; } = [];
}
