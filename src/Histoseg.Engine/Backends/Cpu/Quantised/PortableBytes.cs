using Histoseg.Engine.Backends.Cpu.Convolution;

namespace Histoseg.Engine.Backends.Cpu.Quantised;

/// <summary>4×16 in plain C#, for every processor.</summary>
internal readonly unsafe struct PortableBytes : IByteKernel
{
    public static int Rows => 4;
    public static int QuadBytes => 4;

    public static void Pack(ReadOnlySpan<sbyte> four, byte* quad, int column) => four.CopyTo(new Span<sbyte>(quad + QuadBytes * column, QuadBytes));

    public static void Multiply(in TileSource<byte> a, byte* b, int* tile)
    {
        new Span<int>(tile, Rows * IByteKernel.Columns).Clear();
        for (var segment = 0; segment < a.Segments; segment++)
        {
            var start = a.Starts[segment];
            for (var k = 0; k < a.Depth; k += QuadBytes, b += QuadBytes * IByteKernel.Columns)
                for (var r = 0; r < Rows; r++)
                {
                    var x = start + r * a.RowStride + k;
                    var weights = (sbyte*)b;
                    var sums = tile + r * IByteKernel.Columns;
                    for (var j = 0; j < IByteKernel.Columns; j++, weights += QuadBytes)
                        sums[j] += x[0] * weights[0] + x[1] * weights[1] + x[2] * weights[2] + x[3] * weights[3];
                }
        }
    }
}
