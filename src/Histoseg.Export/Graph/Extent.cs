namespace Histoseg.Export.Graph;

/// <summary>The extent of a tensor along one axis: a number, or a name where any number will do.</summary>
internal readonly record struct Extent(long Size, string? Axis)
{
    /// <summary>A fixed extent.</summary>
    public static implicit operator Extent(long size) => new(size, null);

    /// <summary>An extent that each run may choose.</summary>
    public static implicit operator Extent(string axis) => new(0, axis);
}
