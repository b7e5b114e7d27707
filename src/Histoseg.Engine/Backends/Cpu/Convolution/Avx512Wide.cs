using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>8×32 with sixteen 512-bit accumulators.</summary>
internal readonly unsafe struct Avx512Wide : IMicroKernel
{
    public static int Rows => 8;
    public static int Columns => 32;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(in TileSource<float> a, float* b, float* tile)
    {
        Vector512<float> c0a = default, c1a = default, c2a = default, c3a = default, c4a = default, c5a = default, c6a = default, c7a = default;
        Vector512<float> c0b = default, c1b = default, c2b = default, c3b = default, c4b = default, c5b = default, c6b = default, c7b = default;
        var (row, step, depth) = (a.RowStride, a.DepthStride, a.Depth);
        for (var segment = 0; segment < a.Segments; segment++)
        {
            var p0 = a.Starts[segment];
            var p4 = p0 + 4 * row;
            for (var k = 0; k < depth; k++)
            {
                var b0 = Vector512.Load(b);
                var b1 = Vector512.Load(b + 16);
                var a0 = Vector512.Create(*p0);
                c0a = Vector512.FusedMultiplyAdd(a0, b0, c0a);
                c0b = Vector512.FusedMultiplyAdd(a0, b1, c0b);
                var a1 = Vector512.Create(p0[row]);
                c1a = Vector512.FusedMultiplyAdd(a1, b0, c1a);
                c1b = Vector512.FusedMultiplyAdd(a1, b1, c1b);
                var a2 = Vector512.Create(p0[2 * row]);
                c2a = Vector512.FusedMultiplyAdd(a2, b0, c2a);
                c2b = Vector512.FusedMultiplyAdd(a2, b1, c2b);
                var a3 = Vector512.Create(p0[3 * row]);
                c3a = Vector512.FusedMultiplyAdd(a3, b0, c3a);
                c3b = Vector512.FusedMultiplyAdd(a3, b1, c3b);
                var a4 = Vector512.Create(*p4);
                c4a = Vector512.FusedMultiplyAdd(a4, b0, c4a);
                c4b = Vector512.FusedMultiplyAdd(a4, b1, c4b);
                var a5 = Vector512.Create(p4[row]);
                c5a = Vector512.FusedMultiplyAdd(a5, b0, c5a);
                c5b = Vector512.FusedMultiplyAdd(a5, b1, c5b);
                var a6 = Vector512.Create(p4[2 * row]);
                c6a = Vector512.FusedMultiplyAdd(a6, b0, c6a);
                c6b = Vector512.FusedMultiplyAdd(a6, b1, c6b);
                var a7 = Vector512.Create(p4[3 * row]);
                c7a = Vector512.FusedMultiplyAdd(a7, b0, c7a);
                c7b = Vector512.FusedMultiplyAdd(a7, b1, c7b);
                p0 += step;
                p4 += step;
                b += Columns;
            }
        }
        c0a.Store(tile);
        c0b.Store(tile + 16);
        c1a.Store(tile + 32);
        c1b.Store(tile + 48);
        c2a.Store(tile + 64);
        c2b.Store(tile + 80);
        c3a.Store(tile + 96);
        c3b.Store(tile + 112);
        c4a.Store(tile + 128);
        c4b.Store(tile + 144);
        c5a.Store(tile + 160);
        c5b.Store(tile + 176);
        c6a.Store(tile + 192);
        c6b.Store(tile + 208);
        c7a.Store(tile + 224);
        c7b.Store(tile + 240);
    }
}
