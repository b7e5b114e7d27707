namespace Histoseg.Segmentation.Evaluation.Froc;

/// <summary>A map of the pixels that are nearer than a radius to a marked one, from centre to centre: an exact Euclidean distance, cut off.</summary>
/// <remarks>
/// A marked run widens every row within the radius by as much as the disc is wide there, which for a radius of a few pixels is less work than a distance
/// transform.
/// </remarks>
internal sealed class Dilation
{
    private readonly int _width, _height;
    private readonly byte[] _near; // height × width, 1: near
    private readonly int[] _reach; // by distance in rows: the furthest column that is still nearer than the radius

    /// <summary>An empty map.</summary>
    public Dilation(int width, int height, double radius)
    {
        (_width, _height) = (width, height);
        _near = new byte[checked(width * height)];
        _reach = [.. Enumerable.Range(0, (int)Math.Ceiling(radius)).Select(dy => (int)Math.Ceiling(Math.Sqrt(radius * radius - dy * dy)) - 1)];
    }

    /// <summary>Marks the pixels of a row that have a label.</summary>
    public void AddRow(int y, ReadOnlySpan<byte> row, byte label)
    {
        for (var start = row.IndexOf(label); start >= 0;)
        {
            var length = row[start..].IndexOfAnyExcept(label);
            var end = length < 0 ? row.Length : start + length;
            Mark(y, start, end);
            var next = row[end..].IndexOf(label);
            start = next < 0 ? -1 : end + next;
        }
    }

    /// <summary>A row of the map: 1 where a marked pixel is near, else 0.</summary>
    public ReadOnlySpan<byte> Row(int y) => _near.AsSpan(y * _width, _width);

    private void Mark(int y, int start, int end)
    {
        for (var row = Math.Max(0, y - _reach.Length + 1); row < Math.Min(_height, y + _reach.Length); row++)
        {
            var reach = _reach[Math.Abs(row - y)];
            var (left, right) = (Math.Max(0, start - reach), Math.Min(_width, end + reach));
            _near.AsSpan(row * _width + left, right - left).Fill(1);
        }
    }
}
