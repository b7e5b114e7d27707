using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>4×16 with eight 256-bit accumulators: two loads of B and four of A feed eight multiply-adds, so that loads do not hold them up.</summary>
internal readonly unsafe struct Avx2Kernel : IMicroKernel
{
    public static int Rows => 4;
    public static int Columns => 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(in TileSource<float> a, float* b, float* tile)
    {
        Vector256<float> c0a = default, c1a = default, c2a = default, c3a = default;
        Vector256<float> c0b = default, c1b = default, c2b = default, c3b = default;
        var (row, step, depth) = (a.RowStride, a.DepthStride, a.Depth);
        for (var segment = 0; segment < a.Segments; segment++)
        {
            var p0 = a.Starts[segment];
            for (var k = 0; k < depth; k++)
            {
                var b0 = Vector256.Load(b);
                var b1 = Vector256.Load(b + 8);
                var a0 = Vector256.Create(*p0);
                c0a = Vector256.FusedMultiplyAdd(a0, b0, c0a);
                c0b = Vector256.FusedMultiplyAdd(a0, b1, c0b);
                var a1 = Vector256.Create(p0[row]);
                c1a = Vector256.FusedMultiplyAdd(a1, b0, c1a);
                c1b = Vector256.FusedMultiplyAdd(a1, b1, c1b);
                var a2 = Vector256.Create(p0[2 * row]);
                c2a = Vector256.FusedMultiplyAdd(a2, b0, c2a);
                c2b = Vector256.FusedMultiplyAdd(a2, b1, c2b);
                var a3 = Vector256.Create(p0[3 * row]);
                c3a = Vector256.FusedMultiplyAdd(a3, b0, c3a);
                c3b = Vector256.FusedMultiplyAdd(a3, b1, c3b);
                p0 += step;
                b += Columns;
            }
        }
        c0a.Store(tile);
        c0b.Store(tile + 8);
        c1a.Store(tile + 16);
        c1b.Store(tile + 24);
        c2a.Store(tile + 32);
        c2b.Store(tile + 40);
        c3a.Store(tile + 48);
        c3b.Store(tile + 56);
    }
}
