using Histoseg.Engine.Backends;

namespace Histoseg.Segmentation.Models;

/// <summary>A patch flipped and turned.</summary>
internal static class TurnedPatch
{
    /// <summary>Writes it.</summary>
    /// <param name="turn">Which of the eight, see <see cref="SquareTurn.Of"/>.</param>
    /// <param name="size">Side, pixels.</param>
    /// <param name="rgb">size × size × 3 bytes.</param>
    /// <param name="turned">As many.</param>
    public static void Write(int turn, int size, ReadOnlySpan<byte> rgb, Span<byte> turned)
    {
        var (start, stepX, stepY) = SquareTurn.Of(turn, size);
        var to = 0;
        for (var y = 0; y < size; y++)
        {
            var from = start + y * stepY;
            for (var x = 0; x < size; x++, from += stepX, to += 3)
                rgb.Slice(from * 3, 3).CopyTo(turned[to..]);
        }
    }
}
