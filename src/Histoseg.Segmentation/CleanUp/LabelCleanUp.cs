using System.Runtime.InteropServices;
using Histoseg.Slides.Output;
using Histoseg.Slides.Regions;

namespace Histoseg.Segmentation.CleanUp;

/// <summary>
/// Fills small holes of a label map and then removes small objects, while it comes row by row from top to bottom; passes the clean map on in the same
/// order.
/// </summary>
/// <remarks>
/// <para>
/// Holes first: a hole is a connected background region (4 neighbours) of fewer pixels than its limit that touches neither the map's edge
/// nor an unreadable pixel, and so is enclosed by foreground. It gets the label of the class it shares most pixel edges with, of equals the lower.
/// </para>
/// <para>
/// Then objects, which count with the holes just filled: a connected region of one foreground class (8 neighbours) of fewer pixels than
/// its limit is removed. Removed objects that touch one another are dealt with together (8 neighbours): they get the label, background
/// included, they share most pixel edges with. So a speck on glass becomes background, and a speck of gland amid tumour becomes tumour.
/// Together not smaller than the limit, they are noise rather than an object inside another, and become background. 255 never changes,
/// and nothing becomes 255.
/// </para>
/// <para>
/// Memory: rows wait as runs of equal labels until every region in them is decided (see <see cref="RegionPass"/>), in all fewer than
/// FillHoles + 2 · MinObject rows, however high the map is; and <see cref="RowsPerWrite"/> rows of pixels.
/// </para>
/// </remarks>
internal sealed class LabelCleanUp : ILabelRows
{
    /// <summary>Rows passed on at once.</summary>
    public const int RowsPerWrite = 64;

    private readonly int _width;
    private readonly IReadOnlyList<ILabelRows> _next;
    private readonly RegionPass[] _passes; // from the first to the last
    private readonly RunRows _first;
    private readonly List<LabelRun> _runs = [];
    private readonly byte[] _band;
    private int _filled; // pixels of the band

    /// <summary>Prepares cleaning up a map.</summary>
    /// <param name="width">Width of the map in pixels.</param>
    /// <param name="limits">Up to which size regions are cleaned up.</param>
    /// <param name="next">Take the clean map. They stay their owner's to complete and dispose.</param>
    public LabelCleanUp(int width, CleanUpLimits limits, IReadOnlyList<ILabelRows> next)
    {
        (_width, _next) = (width, next);
        _band = new byte[checked(RowsPerWrite * width)];
        List<RegionRule> rules = [];
        if (limits.FillHoles > 0)
            rules.Add(RegionRule.FillHoles(limits.FillHoles));
        if (limits.MinObject > 0)
            rules.AddRange([RegionRule.TakeOut(limits.MinObject), RegionRule.Settle(limits.MinObject)]);
        _passes = new RegionPass[rules.Count];
        _first = Collect;
        for (var i = rules.Count - 1; i >= 0; i--)
        {
            _passes[i] = new(rules[i], _first);
            _first = _passes[i].Add;
        }
    }

    /// <summary>The most rows that waited at once.</summary>
    public int PeakHeldRows { get; private set; }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> rows)
    {
        if (rows.Length % _width != 0)
            throw new ArgumentException($"{rows.Length} labels are not rows of {_width}", nameof(rows));
        for (; !rows.IsEmpty; rows = rows[_width..])
        {
            _runs.Clear();
            for (var x = 0; x < _width;)
            {
                var end = LabelRun.EndOf(rows[.._width], x);
                _runs.Add(new(x, end, rows[x]));
                x = end;
            }
            _first(CollectionsMarshal.AsSpan(_runs));
            PeakHeldRows = Math.Max(PeakHeldRows, _passes.Sum(pass => pass.HeldRows));
        }
    }

    /// <summary>Passes on the rows that still wait.</summary>
    public void Complete()
    {
        foreach (var pass in _passes)
            pass.Complete();
        PassOn();
    }

    /// <summary>Does nothing: there is no file.</summary>
    public void Dispose() { }

    private void Collect(ReadOnlySpan<LabelRun> row)
    {
        foreach (var run in row)
            _band.AsSpan(_filled + run.Start, run.End - run.Start).Fill((byte)run.Label);
        _filled += _width;
        if (_filled == _band.Length)
            PassOn();
    }

    private void PassOn()
    {
        foreach (var sink in _next)
            sink.Write(_band.AsSpan(0, _filled));
        _filled = 0;
    }
}
