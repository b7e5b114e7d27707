namespace Histoseg.Engine.Ops;

/// <summary>The two source positions that a resampled position reads along one axis, and the weight of the second.</summary>
internal readonly record struct LinearTap(int Low, int High, double Weight)
{
    /// <summary>The taps of every output position, with half-pixel centres.</summary>
    public static LinearTap[] Of(int input, int output)
    {
        var taps = new LinearTap[output];
        for (var i = 0; i < output; i++)
        {
            var at = Math.Max(0, (i + 0.5) * input / output - 0.5);
            var low = Math.Min((int)at, input - 1);
            taps[i] = new(low, Math.Min(low + 1, input - 1), at - low);
        }
        return taps;
    }
}
