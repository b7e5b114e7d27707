namespace Histoseg.Slides.Sampling;

/// <summary>The eight flips and quarter turns of a square picture.</summary>
public static class SquareSymmetry
{
    /// <summary>Copies a picture under a symmetry.</summary>
    /// <param name="symmetry">0…7: bit 0 mirrors left and right, bit 1 top and bottom, bit 2 swaps rows and columns (after the mirrors).</param>
    /// <param name="size">Side of the picture, pixels.</param>
    /// <param name="channels">Bytes per pixel, 1 or 3.</param>
    /// <param name="source">size × size × channels bytes.</param>
    /// <param name="target">Receives as many; must not overlap the source.</param>
    public static void Apply(int symmetry, int size, int channels, ReadOnlySpan<byte> source, Span<byte> target)
    {
        var length = size * size * channels;
        if (symmetry == 0)
        {
            source[..length].CopyTo(target);
            return;
        }
        var (start, perColumn, perRow) = (0, channels, size * channels);
        if ((symmetry & 1) != 0) (start, perColumn) = (start + (size - 1) * channels, -perColumn);
        if ((symmetry & 2) != 0) (start, perRow) = (start + (size - 1) * size * channels, -perRow);
        if ((symmetry & 4) != 0) (perColumn, perRow) = (perRow, perColumn);
        var to = 0;
        for (var row = 0; row < size; row++)
        {
            var from = start + row * perRow;
            for (var column = 0; column < size; column++, from += perColumn)
                for (var channel = 0; channel < channels; channel++)
                    target[to++] = source[from + channel];
        }
    }
}
