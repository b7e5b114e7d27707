namespace Histoseg.Engine.Backends;

/// <summary>
/// A flip or quarter turn of a square picture as a walk: pixel (x, y) of the turned picture is pixel Start + x·StepX + y·StepY of the original.
/// </summary>
/// <param name="Start">The original's pixel that comes first.</param>
/// <param name="StepX">From a pixel to its right neighbour.</param>
/// <param name="StepY">From a pixel to its lower neighbour.</param>
public readonly record struct SquareTurn(int Start, int StepX, int StepY)
{
    /// <summary>How many there are.</summary>
    public const int Count = 8;

    /// <summary>A turn by its number.</summary>
    /// <param name="number">0…7: bit 0 mirrors left and right, bit 1 top and bottom, bit 2 swaps rows and columns (after the mirrors).</param>
    /// <param name="size">Side of the picture, pixels.</param>
    public static SquareTurn Of(int number, int size)
    {
        var (start, stepX, stepY) = (0, 1, size);
        if ((number & 1) != 0)
            (start, stepX) = (start + size - 1, -stepX);
        if ((number & 2) != 0)
            (start, stepY) = (start + (size - 1) * size, -stepY);
        return (number & 4) == 0 ? new(start, stepX, stepY) : new(start, stepY, stepX);
    }

    /// <summary>The walk the other way: pixel (x, y) of the original is pixel Start + x·StepX + y·StepY of the turned picture.</summary>
    /// <param name="number">0…7, as of <see cref="Of"/>.</param>
    /// <param name="size">Side of the picture, pixels.</param>
    public static SquareTurn Back(int number, int size) => Of((number & 4) == 0 ? number : 4 | (number & 1) << 1 | (number & 2) >> 1, size);

    /// <summary>Where the walk comes to at (x, y).</summary>
    public int At(int x, int y) => Start + x * StepX + y * StepY;
}
