namespace Histoseg.Slides.Regions;

/// <summary>
/// A connected region of equal labels as far as its rows are known. Regions that turn out to be one are joined (union-find), and
/// <see cref="Root"/> finds the one that stands for all.
/// </summary>
/// <param name="number">How many regions were begun before this one.</param>
/// <param name="label">The label of its pixels.</param>
internal sealed class ConnectedRegion<TData>(long number, int label)
    where TData : struct, IRegionData<TData>
{
    private ConnectedRegion<TData>? _parent;
    private TData _data;

    /// <summary>
    /// How many regions were begun before this one, from top to bottom and in a row from left to right. Of joined regions the one begun first
    /// stands for all.
    /// </summary>
    public long Number { get; } = number;

    /// <summary>The label of its pixels.</summary>
    public int Label { get; } = label;

    /// <summary>Pixels so far; of a root only.</summary>
    public long Area { get; set; }

    /// <summary>The last row that has pixels of it; of a root only.</summary>
    public long LastRow { get; set; }

    /// <summary>Whether it was handed on as ended, see <see cref="RegionFinder{TData}.TakeEnded"/>; of a root only.</summary>
    public bool HasEnded { get; set; }

    /// <summary>What its user gathers of it; of a root only.</summary>
    public ref TData Data => ref _data;

    /// <summary>Whether this region stands for itself.</summary>
    public bool IsRoot => _parent is null;

    /// <summary>The region that stands for this one by now.</summary>
    public ConnectedRegion<TData> Root()
    {
        var root = this;
        while (root._parent is { } parent)
        {
            if (parent._parent is { } above)
                root._parent = above; // halves the way for the next one
            root = parent;
        }
        return root;
    }

    /// <summary>Makes two regions one.</summary>
    /// <param name="left">A root.</param>
    /// <param name="right">The region right of it that turned out to be the same.</param>
    /// <returns>The root of both.</returns>
    public static ConnectedRegion<TData> Join(ConnectedRegion<TData> left, ConnectedRegion<TData> right)
    {
        right = right.Root();
        if (left == right)
            return left;
        var (root, other) = left.Number < right.Number ? (left, right) : (right, left);
        root._data = TData.Join(left._data, right._data);
        root.Area += other.Area;
        root.LastRow = Math.Max(root.LastRow, other.LastRow);
        other._data = default;
        other._parent = root;
        return root;
    }
}
