using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>8×16 with eight 512-bit accumulators, for 9 … 16 output channels.</summary>
internal readonly unsafe struct Avx512Narrow : IMicroKernel
{
    public static int Rows => 8;
    public static int Columns => 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(in TileSource<float> a, float* b, float* tile)
    {
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        var (row, step, depth) = (a.RowStride, a.DepthStride, a.Depth);
        for (var segment = 0; segment < a.Segments; segment++)
        {
            var p0 = a.Starts[segment];
            var p4 = p0 + 4 * row;
            for (var k = 0; k < depth; k++)
            {
                var b0 = Vector512.Load(b);
                c0 = Vector512.FusedMultiplyAdd(b0, Vector512.Create(*p0), c0);
                c1 = Vector512.FusedMultiplyAdd(b0, Vector512.Create(p0[row]), c1);
                c2 = Vector512.FusedMultiplyAdd(b0, Vector512.Create(p0[2 * row]), c2);
                c3 = Vector512.FusedMultiplyAdd(b0, Vector512.Create(p0[3 * row]), c3);
                c4 = Vector512.FusedMultiplyAdd(b0, Vector512.Create(*p4), c4);
                c5 = Vector512.FusedMultiplyAdd(b0, Vector512.Create(p4[row]), c5);
                c6 = Vector512.FusedMultiplyAdd(b0, Vector512.Create(p4[2 * row]), c6);
                c7 = Vector512.FusedMultiplyAdd(b0, Vector512.Create(p4[3 * row]), c7);
                p0 += step;
                p4 += step;
                b += Columns;
            }
        }
        c0.Store(tile);
        c1.Store(tile + 16);
        c2.Store(tile + 32);
        c3.Store(tile + 48);
        c4.Store(tile + 64);
        c5.Store(tile + 80);
        c6.Store(tile + 96);
        c7.Store(tile + 112);
    }
}
