using Histoseg.Slides.Annotations;

namespace Histoseg.Segmentation.Evaluation;

/// <summary>A square of a slide and how much of it is predicted wrong.</summary>
/// <param name="X">Left edge, level-0 pixels.</param>
/// <param name="Y">Top edge, level-0 pixels.</param>
/// <param name="Wrong">Pixels of the label map predicted as another class than the true one.</param>
/// <param name="Counted">Pixels of the label map that have both a truth and a prediction.</param>
internal readonly record struct PatchError(long X, long Y, long Wrong, long Counted)
{
    /// <summary>The share of what counts that is wrong.</summary>
    public double Share => Counted == 0 ? 0 : (double)Wrong / Counted;
}

/// <summary>Counts each square of a label map by how much of it is wrong, as rows come.</summary>
/// <param name="width">Width of the label map in pixels.</param>
/// <param name="side">Side of the squares in pixels of the label map; those at the right and lower edge may be narrower.</param>
/// <param name="downsample">Level-0 pixels per pixel of the label map.</param>
internal sealed class PatchErrors(int width, int side, double downsample)
{
    private const int Kept = 24;
    private readonly (int Wrong, int Counted)[] _row = new (int, int)[(width + side - 1) / side];
    private readonly List<PatchError> _worst = [];
    private int _y;

    /// <summary>Adds the next row.</summary>
    /// <param name="truth">True labels; 255 is left out.</param>
    /// <param name="prediction">As many predicted labels; 255 is left out.</param>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> prediction)
    {
        for (var column = 0; column < _row.Length; column++)
        {
            var (wrong, counted) = _row[column];
            for (var x = column * side; x < Math.Min(width, (column + 1) * side); x++)
            {
                if (truth[x] == ClassMap.Ignore || prediction[x] == ClassMap.Ignore)
                    continue;
                counted++;
                if (truth[x] != prediction[x])
                    wrong++;
            }
            _row[column] = (wrong, counted);
        }
        if (++_y % side == 0)
            Close(_y - side);
    }

    /// <summary>The squares with the most wrong pixels, the worst first; call it once, after the last row.</summary>
    public IReadOnlyList<PatchError> Worst()
    {
        if (_y % side != 0)
            Close(_y - _y % side);
        return _worst;
    }

    private void Close(int y)
    {
        foreach (var (column, (wrong, counted)) in _row.Index())
            if (wrong > 0)
                _worst.Add(new((long)Math.Round(column * side * downsample), (long)Math.Round(y * downsample), wrong, counted));
        Array.Clear(_row);
        var kept = _worst.OrderByDescending(patch => patch.Wrong).Take(Kept).ToList();
        _worst.Clear();
        _worst.AddRange(kept);
    }
}
