namespace Histoseg.Engine.Ops;

/// <summary>The two source positions that a resampled position reads along one axis.</summary>
/// <param name="Low">The first.</param>
/// <param name="High">The second; at the edge it is the first.</param>
/// <param name="Weight">The weight of the second, 0 to 1; that of the first is what it lacks of 1.</param>
public readonly record struct LinearTap(int Low, int High, double Weight)
{
    /// <summary>The taps of every output position, with half-pixel centres.</summary>
    /// <param name="input">Positions there are.</param>
    /// <param name="output">Positions wanted.</param>
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
