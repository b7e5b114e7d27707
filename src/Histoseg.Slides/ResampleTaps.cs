namespace Histoseg.Slides;

/// <summary>One axis of a resampling: which source pixels make an output pixel, and with what weights (they sum to 1).</summary>
/// <remarks>Everything follows from the output pixel's own index, so neighbouring reads agree to the last bit.</remarks>
internal sealed class ResampleTaps
{
    private readonly int[] _start;
    private readonly int[] _offset;
    private readonly float[] _weights;

    /// <summary>Taps for output pixels <paramref name="first"/> … <paramref name="first"/> + <paramref name="count"/> − 1.</summary>
    /// <param name="first">First output pixel.</param>
    /// <param name="count">Number of output pixels, at least 1.</param>
    /// <param name="ratio">Source pixels per output pixel: at least 1 averages, below 1 interpolates.</param>
    /// <param name="length">Source pixels there are; taps past the edges fall on the edge pixel or, averaging, leave the mean.</param>
    internal ResampleTaps(int first, int count, double ratio, int length)
    {
        _start = new int[count];
        _offset = new int[count + 1];
        var weights = new List<float>((int)(count * (ratio + 2)));
        for (var i = 0; i < count; i++)
        {
            _start[i] = ratio >= 1 ? Average(weights, (first + i) * ratio, (first + i + 1) * ratio, length)
                : Interpolate(weights, (first + i + 0.5) * ratio - 0.5, length);
            _offset[i + 1] = weights.Count;
        }
        _weights = [.. weights];
    }

    /// <summary>First source pixel needed by all of it.</summary>
    internal int First => _start[0];

    /// <summary>One past the last source pixel needed.</summary>
    internal int End => _start[^1] + _offset[^1] - _offset[^2];

    /// <summary>Number of output pixels.</summary>
    internal int Count => _start.Length;

    /// <summary>First source pixel of output pixel <paramref name="i"/>.</summary>
    internal int Start(int i) => _start[i];

    /// <summary>Weights of output pixel <paramref name="i"/>, from its first source pixel on.</summary>
    internal ReadOnlySpan<float> Weights(int i) => _weights.AsSpan(_offset[i].._offset[i + 1]);

    // The mean over [from, to), by the share of each source pixel that lies in it.
    private static int Average(List<float> weights, double from, double to, int length)
    {
        // A reduced level may be a pixel short of the slide's edge: the last one stands for what is missing.
        from = Math.Min(from, length - 1);
        to = Math.Min(to, length);
        var start = (int)from;
        for (var source = start; source < to; source++)
            weights.Add((float)((Math.Min(source + 1, to) - Math.Max(source, from)) / (to - from)));
        return start;
    }

    private static int Interpolate(List<float> weights, double centre, int length)
    {
        centre = Math.Clamp(centre, 0, length - 1);
        var start = (int)centre;
        var right = (float)(centre - start);
        weights.Add(1 - right);
        if (right > 0)
            weights.Add(right);
        return start;
    }
}
