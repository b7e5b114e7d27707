namespace Histoseg.Segmentation.Evaluation.Objects;

/// <summary>A rectangle of pixels, its edges included; distances are in pixels between the centres of pixels, and squared, so they are whole.</summary>
/// <param name="Left">The first column.</param>
/// <param name="Top">The first row.</param>
/// <param name="Right">The last column.</param>
/// <param name="Bottom">The last row.</param>
internal readonly record struct PixelBox(int Left, int Top, int Right, int Bottom)
{
    /// <summary>A column in the middle.</summary>
    public int MiddleX => Left + (Right - Left) / 2;

    /// <summary>A row in the middle.</summary>
    public int MiddleY => Top + (Bottom - Top) / 2;

    /// <summary>Whether this is one pixel.</summary>
    public bool IsPixel => Left == Right && Top == Bottom;

    /// <summary>Whether a pixel is of the box.</summary>
    public bool Contains(int x, int y) => x >= Left && x <= Right && y >= Top && y <= Bottom;

    /// <summary>The smallest box around both.</summary>
    public PixelBox Join(in PixelBox other) =>
        new(Math.Min(Left, other.Left), Math.Min(Top, other.Top), Math.Max(Right, other.Right), Math.Max(Bottom, other.Bottom));

    /// <summary>The distance of a pixel from the nearest of the box, squared; 0 in it.</summary>
    public long SquareTo(int x, int y) => Square(Math.Max(Math.Max(Left - x, x - Right), 0), Math.Max(Math.Max(Top - y, y - Bottom), 0));

    /// <summary>The distance, squared, of that pixel of the box from <paramref name="other"/> that is the furthest from it; 0 where it lies in it.</summary>
    /// <remarks>The distance from a box is convex, so a corner is the furthest.</remarks>
    public long FurthestFrom(in PixelBox other) => Square(
        Math.Max(Math.Max(other.Left - Left, Right - other.Right), 0), Math.Max(Math.Max(other.Top - Top, Bottom - other.Bottom), 0));

    /// <summary>What the Hausdorff distance of two sets with these bounding boxes is at least, squared.</summary>
    /// <remarks>Of sets whose edges on one side are so far apart, the one that reaches further has a pixel there from which the other is no nearer.</remarks>
    public long LeastHausdorff(in PixelBox other)
    {
        long apart = Math.Max(Math.Max(Math.Abs(Left - other.Left), Math.Abs(Top - other.Top)),
            Math.Max(Math.Abs(Right - other.Right), Math.Abs(Bottom - other.Bottom)));
        return apart * apart;
    }

    private static long Square(long x, long y) => x * x + y * y;
}
