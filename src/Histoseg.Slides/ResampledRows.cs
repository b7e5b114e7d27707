using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Histoseg.Slides;

/// <summary>Rows of one level, already resampled across, given out from top to bottom; the level is read in bands of bounded height.</summary>
internal sealed class ResampledRows : IDisposable
{
    private readonly ISlide _slide;
    private readonly int _level;
    private readonly ResampleTaps _across;
    private readonly int _bandHeight;
    private readonly int _sourceEnd;
    private readonly byte[] _band;
    private readonly float[][] _rows = new float[2][];
    private readonly int[] _rowIndex = [-1, -1];
    private int _bandTop, _bandEnd;

    internal ResampledRows(ISlide slide, int level, ResampleTaps across, ResampleTaps down, int bandHeight)
    {
        _slide = slide;
        _level = level;
        _across = across;
        _bandHeight = Math.Min(bandHeight, down.End - down.First);
        _sourceEnd = down.End;
        _band = ArrayPool<byte>.Shared.Rent(_bandHeight * SourceWidth * 3);
        for (int i = 0; i < _rows.Length; i++)
            _rows[i] = ArrayPool<float>.Shared.Rent(across.Count * 3);
    }

    /// <summary>Whether everything so far could be read.</summary>
    internal bool Readable { get; private set; } = true;

    private int SourceWidth => _across.End - _across.First;

    /// <summary>Source row <paramref name="y"/> resampled across, RGB floats. Output rows share at most two source rows with the next one, so the last two are kept and the band only ever moves down.</summary>
    internal ReadOnlySpan<float> Row(int y)
    {
        float[] row = _rows[y & 1];
        Span<float> values = row.AsSpan(0, _across.Count * 3);
        if (_rowIndex[y & 1] == y)
            return values;
        if (y >= _bandEnd)
            ReadBand(y);
        _rowIndex[y & 1] = y;
        Across(_band.AsSpan((y - _bandTop) * SourceWidth * 3, SourceWidth * 3), values);
        return values;
    }

    /// <summary>sum += weight · row.</summary>
    internal static void AddScaled(ReadOnlySpan<float> row, float weight, Span<float> sum)
    {
        Span<Vector<float>> sums = MemoryMarshal.Cast<float, Vector<float>>(sum);
        ReadOnlySpan<Vector<float>> rows = MemoryMarshal.Cast<float, Vector<float>>(row);
        for (int i = 0; i < sums.Length; i++)
            sums[i] += rows[i] * weight;
        for (int i = sums.Length * Vector<float>.Count; i < sum.Length; i++)
            sum[i] += row[i] * weight;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_band);
        foreach (float[] row in _rows)
            ArrayPool<float>.Shared.Return(row);
    }

    private void ReadBand(int top)
    {
        int height = Math.Min(_bandHeight, _sourceEnd - top);
        Readable &= _slide.ReadRegion(_level, _across.First, top, SourceWidth, height, _band.AsSpan(0, height * SourceWidth * 3));
        (_bandTop, _bandEnd) = (top, top + height);
    }

    private void Across(ReadOnlySpan<byte> source, Span<float> values)
    {
        for (int i = 0, o = 0; i < _across.Count; i++, o += 3)
        {
            float r = 0, g = 0, b = 0;
            int s = (_across.Start(i) - _across.First) * 3;
            foreach (float weight in _across.Weights(i))
            {
                r += weight * source[s];
                g += weight * source[s + 1];
                b += weight * source[s + 2];
                s += 3;
            }
            values[o] = r;
            values[o + 1] = g;
            values[o + 2] = b;
        }
    }
}
