using Histoseg.Slides.Annotations;
using Histoseg.Slides.Regions;

namespace Histoseg.Segmentation.CleanUp;

/// <summary>What a region borders on, as far as its rows are known.</summary>
internal struct Surroundings : IRegionData<Surroundings>
{
    private List<(int Label, long Length)>? _borders;

    /// <summary>Whether it lies at the edge of the map.</summary>
    public bool AtEdge { get; set; }

    /// <summary>Whether it borders on pixels that could not be read.</summary>
    public bool AtUnreadable { get; private set; }

    /// <inheritdoc/>
    public static Surroundings Join(Surroundings left, Surroundings right)
    {
        left.AtEdge |= right.AtEdge;
        left.AtUnreadable |= right.AtUnreadable;
        if (left._borders is null)
            left._borders = right._borders;
        else if (right._borders is not null)
            foreach (var (label, length) in right._borders)
                left.AddBorder(label, length);
        return left;
    }

    /// <summary>Counts pixel edges that the region shares with pixels of another label.</summary>
    public void AddBorder(int label, long length)
    {
        if (label == ClassMap.Ignore)
        {
            AtUnreadable = true;
            return;
        }
        _borders ??= [];
        for (var i = 0; i < _borders.Count; i++)
            if (_borders[i].Label == label)
            {
                _borders[i] = (label, _borders[i].Length + length);
                return;
            }
        _borders.Add((label, length));
    }

    /// <summary>
    /// The label that the region shares most pixel edges with, of equals the lower; background where it borders on nothing that could be read.
    /// </summary>
    public readonly int MostShared()
    {
        var best = (Label: 0, Length: 0L);
        foreach (var border in _borders ?? [])
            if (border.Length > best.Length || (border.Length == best.Length && border.Label < best.Label))
                best = border;
        return best.Label;
    }
}
