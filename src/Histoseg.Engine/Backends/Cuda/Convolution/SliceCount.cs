namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>Into how many slices a long sum is cut, so that blocks fill the GPU to the end.</summary>
internal static class SliceCount
{
    /// <summary>Blocks of the kernels for all GPUs that a multiprocessor runs at a time.</summary>
    public const int AtOnce = 2;

    /// <summary>More slices than fill the GPU once are tried up to this number: they even out the last wave of blocks.</summary>
    private const int MostToEvenOut = 8;

    // Fewer slices write and add fewer sums.
    private const double AsGood = 1.05;

    /// <summary>The fewest slices whose waves of blocks take about as little time as those of any.</summary>
    /// <param name="blocks">Blocks of one slice.</param>
    /// <param name="places">Blocks that the GPU runs at a time.</param>
    /// <param name="most">Most slices there may be.</param>
    public static int Of(long blocks, long places, long most)
    {
        most = Math.Max(1, Math.Min(most, Math.Max(places / blocks, MostToEvenOut)));
        // A slice is a share of the work; each wave takes the time of one slice.
        double Time(long slices) => (blocks * slices + places - 1) / places / (double)slices;
        var enough = AsGood * Enumerable.Range(1, (int)most).Min(slices => Time(slices));
        return Enumerable.Range(1, (int)most).First(slices => Time(slices) <= enough);
    }
}
