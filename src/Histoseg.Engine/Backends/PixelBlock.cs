namespace Histoseg.Engine.Backends;

/// <summary>A rectangle of a picture, of which patches are cut (<see cref="PatchInput"/>).</summary>
/// <param name="Slot">Its place where the program runs, 0 to <see cref="BlockLayout.Slots"/> − 1; no two blocks that a patch and those after it need have
/// the same.</param>
/// <param name="X">Its left edge on the picture.</param>
/// <param name="Y">Its upper edge.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Rgb">Height × Width × 3 bytes; may be longer.</param>
public sealed record PixelBlock(int Slot, int X, int Y, int Width, int Height, byte[] Rgb)
{
    /// <summary>The part that a square of <paramref name="size"/> pixels at (<paramref name="x"/>, <paramref name="y"/>) has of it, in the picture's pixels;
    /// no pixel at all has a width or height of 0 or less.</summary>
    public (int X, int Y, int Width, int Height) PartOf(int x, int y, int size)
    {
        var (left, top) = (Math.Max(X, x), Math.Max(Y, y));
        return (left, top, Math.Min(X + Width, x + size) - left, Math.Min(Y + Height, y + size) - top);
    }

    /// <summary>Where a pixel of the picture lies in <see cref="Rgb"/>.</summary>
    public int At(int x, int y) => ((y - Y) * Width + x - X) * 3;
}

/// <summary>What blocks a picture is cut into.</summary>
/// <param name="Slots">Blocks held at once.</param>
/// <param name="MostPixels">Pixels of the largest.</param>
public readonly record struct BlockLayout(int Slots, int MostPixels);

/// <summary>A patch and the blocks it is cut from; what they do not cover lies outside the picture and is white.</summary>
/// <param name="X">Its left edge on the picture.</param>
/// <param name="Y">Its upper edge.</param>
/// <param name="Blocks">The blocks it has part in; none overlap.</param>
public readonly record struct PatchCut(int X, int Y, IReadOnlyList<PixelBlock> Blocks)
{
    /// <summary>Whether some of a patch of <paramref name="size"/> pixels on a side lies outside the picture.</summary>
    internal bool Overhangs(int size)
    {
        var covered = 0L;
        foreach (var block in Blocks)
        {
            var (_, _, width, height) = block.PartOf(X, Y, size);
            covered += (long)width * height;
        }
        return covered < (long)size * size;
    }
}
