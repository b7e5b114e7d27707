using System.Runtime.InteropServices;

namespace Histoseg.Segmentation.Evaluation;

/// <summary>Equal neighbours in a row of labels: pixels <paramref name="Start"/> up to and not including <paramref name="End"/>.</summary>
internal readonly record struct LabelRun(int Start, int End, byte Label, int Id);

/// <summary>Finds connected regions (8 neighbours, equal label) in a label map that comes row by row.</summary>
/// <remarks>
/// Only one row of runs is kept; regions that turn out to be one are joined in a union-find over ids. Memory grows with the number of
/// regions begun, not with the picture.
/// </remarks>
internal sealed class ConnectedRuns
{
    private readonly List<int> _parent = [];
    private List<LabelRun> _above = [], _runs = [];

    /// <summary>Ids given so far: 0 up to this. Several may mean the same region, see <see cref="Find"/>.</summary>
    public int Ids => _parent.Count;

    /// <summary>The runs of the last row, left to right; labels 0 and 255 have none.</summary>
    public ReadOnlySpan<LabelRun> Runs => CollectionsMarshal.AsSpan(_runs);

    /// <summary>Takes the next row.</summary>
    public void Add(ReadOnlySpan<byte> row)
    {
        (_above, _runs) = (_runs, _above);
        _runs.Clear();
        var above = CollectionsMarshal.AsSpan(_above);
        var first = 0; // of the runs above: all before it end too far left for this run and those after it
        for (var x = 0; x < row.Length;)
        {
            var label = row[x];
            var length = row[x..].IndexOfAnyExcept(label);
            var end = length < 0 ? row.Length : x + length;
            if (label is not 0 and not 255)
            {
                while (first < above.Length && above[first].End < x)
                    first++;
                var id = -1;
                for (var i = first; i < above.Length && above[i].Start <= end; i++)
                    if (above[i].Label == label)
                        id = id < 0 ? Find(above[i].Id) : Join(id, above[i].Id);
                if (id < 0)
                {
                    id = _parent.Count;
                    _parent.Add(id);
                }
                _runs.Add(new(x, end, label, id));
            }
            x = end;
        }
    }

    /// <summary>The id that stands for the whole region, as far as it is known by now.</summary>
    public int Find(int id)
    {
        while (_parent[id] != id)
            id = _parent[id] = _parent[_parent[id]];
        return id;
    }

    private int Join(int a, int b)
    {
        (a, b) = (Find(a), Find(b));
        var root = Math.Min(a, b);
        _parent[Math.Max(a, b)] = root;
        return root;
    }
}
