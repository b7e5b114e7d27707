namespace Histoseg.Segmentation.Inference;

/// <summary>Where the time of segmenting went, as waited for: what runs beside something slower costs none.</summary>
/// <param name="Reading">Opening slides, and waiting for patches to be read.</param>
/// <param name="Network">The network and the blending of its answers.</param>
/// <param name="Writing">Handing on rows to the outputs, and putting the files in place.</param>
public readonly record struct SlideTimes(TimeSpan Reading, TimeSpan Network, TimeSpan Writing)
{
    /// <summary>All of it.</summary>
    public TimeSpan Total => Reading + Network + Writing;

    /// <summary>What took most: <c>reading</c>, <c>network</c> or <c>writing</c>; null where nothing took any time.</summary>
    public string? Limit => Total <= TimeSpan.Zero ? null
        : Network >= Reading && Network >= Writing ? "network"
        : Reading >= Writing ? "reading" : "writing";

    /// <summary>The times of two pieces of work together.</summary>
    public static SlideTimes operator +(SlideTimes one, SlideTimes other) =>
        new(one.Reading + other.Reading, one.Network + other.Network, one.Writing + other.Writing);

    /// <summary>In words, each with its share of the whole.</summary>
    public override string ToString()
    {
        var total = Math.Max(1e-9, Total.TotalSeconds);
        var (reading, network, writing) = (Reading.TotalSeconds / total, Network.TotalSeconds / total, Writing.TotalSeconds / total);
        return Figures.Text($"reading {reading:0 %}, network {network:0 %}, writing {writing:0 %}");
    }
}
