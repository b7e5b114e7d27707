using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// 6×16 with twelve 256-bit accumulators. Two multiply-adds a clock that each take four clocks need eight sums under way; with no more than eight, whatever
/// holds one up is never made good.
/// </summary>
internal readonly unsafe struct Avx2Kernel : IMicroKernel
{
    public static int Rows => 6;
    public static int Columns => 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(in TileSource<float> a, float* b, float* tile)
    {
        Vector256<float> c0a = default, c1a = default, c2a = default, c3a = default, c4a = default, c5a = default;
        Vector256<float> c0b = default, c1b = default, c2b = default, c3b = default, c4b = default, c5b = default;
        var (row, step, depth) = (a.RowStride, a.DepthStride, a.Depth);
        for (var segment = 0; segment < a.Segments; segment++)
        {
            var p0 = a.Starts[segment];
            var p3 = p0 + 3 * row;
            var k = 0;
            for (; k < depth - 1; k += 2)
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
                var a3 = Vector256.Create(*p3);
                c3a = Vector256.FusedMultiplyAdd(a3, b0, c3a);
                c3b = Vector256.FusedMultiplyAdd(a3, b1, c3b);
                var a4 = Vector256.Create(p3[row]);
                c4a = Vector256.FusedMultiplyAdd(a4, b0, c4a);
                c4b = Vector256.FusedMultiplyAdd(a4, b1, c4b);
                var a5 = Vector256.Create(p3[2 * row]);
                c5a = Vector256.FusedMultiplyAdd(a5, b0, c5a);
                c5b = Vector256.FusedMultiplyAdd(a5, b1, c5b);
                p0 += step;
                p3 += step;
                b0 = Vector256.Load(b + 16);
                b1 = Vector256.Load(b + 24);
                a0 = Vector256.Create(*p0);
                c0a = Vector256.FusedMultiplyAdd(a0, b0, c0a);
                c0b = Vector256.FusedMultiplyAdd(a0, b1, c0b);
                a1 = Vector256.Create(p0[row]);
                c1a = Vector256.FusedMultiplyAdd(a1, b0, c1a);
                c1b = Vector256.FusedMultiplyAdd(a1, b1, c1b);
                a2 = Vector256.Create(p0[2 * row]);
                c2a = Vector256.FusedMultiplyAdd(a2, b0, c2a);
                c2b = Vector256.FusedMultiplyAdd(a2, b1, c2b);
                a3 = Vector256.Create(*p3);
                c3a = Vector256.FusedMultiplyAdd(a3, b0, c3a);
                c3b = Vector256.FusedMultiplyAdd(a3, b1, c3b);
                a4 = Vector256.Create(p3[row]);
                c4a = Vector256.FusedMultiplyAdd(a4, b0, c4a);
                c4b = Vector256.FusedMultiplyAdd(a4, b1, c4b);
                a5 = Vector256.Create(p3[2 * row]);
                c5a = Vector256.FusedMultiplyAdd(a5, b0, c5a);
                c5b = Vector256.FusedMultiplyAdd(a5, b1, c5b);
                p0 += step;
                p3 += step;
                b += 2 * Columns;
            }
            if (k < depth)
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
                var a3 = Vector256.Create(*p3);
                c3a = Vector256.FusedMultiplyAdd(a3, b0, c3a);
                c3b = Vector256.FusedMultiplyAdd(a3, b1, c3b);
                var a4 = Vector256.Create(p3[row]);
                c4a = Vector256.FusedMultiplyAdd(a4, b0, c4a);
                c4b = Vector256.FusedMultiplyAdd(a4, b1, c4b);
                var a5 = Vector256.Create(p3[2 * row]);
                c5a = Vector256.FusedMultiplyAdd(a5, b0, c5a);
                c5b = Vector256.FusedMultiplyAdd(a5, b1, c5b);
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
        c4a.Store(tile + 64);
        c4b.Store(tile + 72);
        c5a.Store(tile + 80);
        c5b.Store(tile + 88);
    }
}
