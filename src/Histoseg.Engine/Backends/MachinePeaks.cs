using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Backends;

/// <summary>The most that a machine was seen to do, with all threads of a backend at once.</summary>
/// <param name="FlopsPerSecond">Float32 operations per second of independent multiply-adds in registers, each counted as two.</param>
/// <param name="BytesPerSecond">Bytes read and written per second by a copy far larger than the caches.</param>
public sealed record MachinePeaks(double FlopsPerSecond, double BytesPerSecond)
{
    /// <summary>Seconds that this machine needs at least for some work in float32: its arithmetic or its traffic, whichever takes longer.</summary>
    public double Floor(Work work) => Math.Max(work.Flops / FlopsPerSecond, work.Elements * sizeof(float) / BytesPerSecond);
}
