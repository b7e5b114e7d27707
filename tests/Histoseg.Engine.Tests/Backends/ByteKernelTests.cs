using System.Runtime.Intrinsics.X86;
using Histoseg.Engine.Backends.Cpu.Convolution;
using Histoseg.Engine.Backends.Cpu.Quantised;

namespace Histoseg.Engine.Tests.Backends;

/// <summary>The innermost loops of quantised convolutions against sums made one by one, with bytes and weights of all sizes.</summary>
public class ByteKernelTests
{
    private const int RowStride = 84, Segments = 3, Depth = 20;

    [Fact]
    public void In_plain_CSharp() => Check<PortableBytes>();

    [SkippableFact]
    public void With_AVX2()
    {
        Skip.IfNot(Avx2.IsSupported, "this processor has no AVX2");
        Check<Avx2Bytes>();
    }

    [SkippableFact]
    public void With_AVX_VNNI()
    {
        Skip.IfNot(AvxVnni.IsSupported, "this processor has no AVX-VNNI");
        Check<VnniBytes>();
    }

    private static unsafe void Check<TKernel>() where TKernel : struct, IByteKernel
    {
        var random = new Random(5);
        var bytes = new byte[Segments * TKernel.Rows * RowStride];
        random.NextBytes(bytes);
        // The largest sums that can be: a kernel of 16-bit numbers would overflow.
        bytes.AsSpan(0, Depth).Fill(255);
        var weights = new sbyte[IByteKernel.Columns, Segments * Depth];
        for (var column = 0; column < IByteKernel.Columns; column++)
            for (var k = 0; k < Segments * Depth; k++)
                weights[column, k] = (sbyte)(column < 2 ? column == 0 ? 127 : -127 : random.Next(-127, 128));
        var packed = new byte[Segments * Depth / 4 * IByteKernel.Columns * TKernel.QuadBytes];
        var tile = new int[TKernel.Rows * IByteKernel.Columns];
        fixed (byte* a = bytes, b = packed)
        fixed (int* sums = tile)
        {
            for (var quad = 0; quad < Segments * Depth / 4; quad++)
                for (var column = 0; column < IByteKernel.Columns; column++)
                    TKernel.Pack([weights[column, 4 * quad], weights[column, 4 * quad + 1], weights[column, 4 * quad + 2], weights[column, 4 * quad + 3]],
                        b + quad * IByteKernel.Columns * TKernel.QuadBytes, column);
            var starts = stackalloc byte*[Segments];
            for (var segment = 0; segment < Segments; segment++)
                starts[segment] = a + segment * TKernel.Rows * RowStride;
            TKernel.Multiply(new TileSource<byte>(starts, Segments, Depth, RowStride, 1), b, sums);
        }
        for (var row = 0; row < TKernel.Rows; row++)
            for (var column = 0; column < IByteKernel.Columns; column++)
            {
                var expected = Enumerable.Range(0, Segments * Depth)
                    .Sum(k => bytes[(k / Depth * TKernel.Rows + row) * RowStride + k % Depth] * weights[column, k]);
                Assert.Equal(expected, tile[row * IByteKernel.Columns + column]);
            }
    }
}
