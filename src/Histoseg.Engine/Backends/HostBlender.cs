namespace Histoseg.Engine.Backends;

/// <summary>The probabilities a run left: patches × P × P × classes.</summary>
public delegate ReadOnlySpan<float> ProbabilitySource();

/// <summary>Blends in the processor's memory whatever answers lie there.</summary>
internal sealed class HostBlender : Blender
{
    private const byte Unseen = 255;
    private readonly ProbabilitySource _answers;
    private readonly BlendLayout _layout;
    private readonly BandAccumulator _band;
    private readonly int _patchSize, _classes, _patch;
    private readonly byte[] _labels, _foreground, _shares;
    private readonly float[] _mean;
    private (int Pixels, long Unseen, bool HasNaN)? _posted;

    /// <summary>Makes room for a slide.</summary>
    /// <param name="answers">Where the answers lie.</param>
    /// <param name="batchSize">Most patches of a run.</param>
    /// <param name="patchSize">P.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="layout">How patches lie on the slide.</param>
    public HostBlender(ProbabilitySource answers, int batchSize, int patchSize, int classes, BlendLayout layout)
    {
        (_answers, _patchSize, _classes, _layout, _patch) = (answers, patchSize, classes, layout, checked(patchSize * patchSize * classes));
        _band = new BandAccumulator(layout.Width, classes, patchSize, layout.ColumnWeights);
        RowsPerPost = Math.Min(layout.RowsPerPost, patchSize);
        _labels = new byte[checked(RowsPerPost * layout.Width)];
        _foreground = new byte[_labels.Length];
        _shares = layout.GivesShares ? new byte[checked(_labels.Length * classes)] : [];
        _mean = layout.AveragesTurns ? new float[checked(batchSize * _patch)] : [];
    }

    /// <inheritdoc/>
    public override int RowsPerPost { get; }

    /// <inheritdoc/>
    public override int Pending => _posted is null ? 0 : 1;

    /// <summary>One: rows are decided when they are posted, so there is nothing to wait for.</summary>
    public override int Posts => 1;

    /// <inheritdoc/>
    public override void TakeTurn(int turn, int count)
    {
        if (!_layout.AveragesTurns)
            throw new InvalidOperationException("the layout asks for no turns");
        if (turn == 0)
            _mean.AsSpan(0, count * _patch).Clear();
        var answers = _answers();
        var (start, stepX, stepY) = SquareTurn.Of(turn, _patchSize);
        for (var n = 0; n < count; n++)
            for (var y = 0; y < _patchSize; y++)
            {
                var to = n * _patchSize * _patchSize + start + y * stepY;
                var from = n * _patch + y * _patchSize * _classes;
                for (var x = 0; x < _patchSize; x++, to += stepX, from += _classes)
                    for (var c = 0; c < _classes; c++)
                        _mean[to * _classes + c] += answers[from + c] / SquareTurn.Count;
            }
    }

    /// <inheritdoc/>
    public override void Add(int slot, int x, int y, int column, int row) => _band.Add(x, y, column, _layout.RowWeights[row], _patchSize,
        (_layout.AveragesTurns ? _mean.AsSpan() : _answers()).Slice(slot * _patch, _patch));

    /// <inheritdoc/>
    public override void AddBackground(int x, int y, int column, int row) => _band.AddBackground(x, y, column, _layout.RowWeights[row]);

    /// <inheritdoc/>
    public override void Post(int row, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, RowsPerPost);
        if (_posted is not null)
            throw new InvalidOperationException("a post waits; collect it first");
        var (unseen, broken) = (0L, false);
        for (var j = 0; j < count; j++)
            broken |= Decide(_band.Sums(row + j), j * _layout.Width, ref unseen);
        _band.Release(row + count);
        _posted = (count * _layout.Width, unseen, broken);
    }

    /// <inheritdoc/>
    public override BlendedRows Collect()
    {
        var (pixels, unseen, broken) = _posted ?? throw new InvalidOperationException("nothing was posted");
        _posted = null;
        return new(_labels.AsSpan(0, pixels), _foreground.AsSpan(0, pixels), _shares.AsSpan(0, _layout.GivesShares ? pixels * _classes : 0), unseen, broken);
    }

    private bool Decide(ReadOnlySpan<float> sums, int at, ref long unseen)
    {
        var broken = false;
        for (var x = 0; x < _layout.Width; x++)
        {
            var pixel = sums.Slice(x * _classes, _classes);
            var best = 0;
            var weight = pixel[0];
            for (var c = 1; c < _classes; c++)
            {
                weight += pixel[c];
                if (pixel[c] > pixel[best])
                    best = c;
            }
            broken |= float.IsNaN(weight);
            var seen = weight > 0;
            unseen += seen ? 0 : 1;
            _labels[at + x] = seen ? (byte)best : Unseen;
            _foreground[at + x] = seen ? (byte)(255 * Math.Clamp(1 - pixel[0] / weight, 0, 1) + 0.5f) : (byte)0;
            for (var c = 0; _layout.GivesShares && c < _classes; c++)
                _shares[(at + x) * _classes + c] = seen ? (byte)(255 * Math.Clamp(pixel[c] / weight, 0, 1) + 0.5f) : (byte)0;
        }
        return broken;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) { }
}
