using Histoseg.Engine.Tensors;

namespace Histoseg.Export.Checking;

/// <summary>Images to compare two implementations on.</summary>
internal static class RandomImages
{
    /// <summary>Side of the squares of one colour.</summary>
    private const int Square = 8;

    /// <summary>Squares of random colours with noise over them, so that both even areas and edges reach the network.</summary>
    /// <param name="batch">(N, H, W, 3).</param>
    /// <param name="seed">The same seed draws the same images.</param>
    public static byte[] Draw(Shape batch, int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[checked((int)batch.Count)];
        var (rows, columns) = ((batch.H + Square - 1) / Square, (batch.W + Square - 1) / Square);
        var colours = new byte[rows * columns * batch.C];
        var at = 0;
        for (var n = 0; n < batch.N; n++)
        {
            random.NextBytes(colours);
            for (var y = 0; y < batch.H; y++)
                for (var x = 0; x < batch.W; x++)
                    for (var c = 0; c < batch.C; c++)
                        bytes[at++] = (byte)Math.Clamp(colours[(y / Square * columns + x / Square) * batch.C + c] + random.Next(-40, 41), 0, 255);
        }
        return bytes;
    }
}
