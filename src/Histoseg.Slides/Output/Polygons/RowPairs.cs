namespace Histoseg.Slides.Output.Polygons;

/// <summary>Brings each row of a label map together with the same row of the heat map, whichever comes first.</summary>
/// <remarks>What is ahead waits in memory. Cleaning up a label map holds rows back, by no more than the objects it removes are high.</remarks>
internal sealed class RowPairs
{
    private readonly int _width;
    private readonly RowPair _take;
    private readonly Queue<byte[]> _labels = new(), _foreground = new();

    /// <summary>Takes a row of both.</summary>
    public delegate void RowPair(ReadOnlySpan<byte> labels, ReadOnlySpan<byte> foreground);

    /// <summary>Begins at the first row.</summary>
    /// <param name="width">Width of both maps in pixels.</param>
    /// <param name="take">Told each row.</param>
    public RowPairs(int width, RowPair take)
    {
        (_width, _take) = (width, take);
        Foreground = new HeatRows(this);
    }

    /// <summary>Takes the heat map.</summary>
    public ILabelRows Foreground { get; }

    /// <summary>Takes rows of the label map.</summary>
    public void AddLabels(ReadOnlySpan<byte> rows)
    {
        for (; rows.Length > 0; rows = rows[_width..])
            if (_foreground.TryDequeue(out var foreground))
                _take(rows[.._width], foreground);
            else
                _labels.Enqueue(rows[.._width].ToArray());
    }

    private void AddForeground(ReadOnlySpan<byte> rows)
    {
        for (; rows.Length > 0; rows = rows[_width..])
            if (_labels.TryDequeue(out var labels))
                _take(labels, rows[.._width]);
            else
                _foreground.Enqueue(rows[.._width].ToArray());
    }

    private sealed class HeatRows(RowPairs pairs) : ILabelRows
    {
        public void Write(ReadOnlySpan<byte> rows) => pairs.AddForeground(rows);

        public void Complete()
        {
        }

        public void Dispose()
        {
        }
    }
}
