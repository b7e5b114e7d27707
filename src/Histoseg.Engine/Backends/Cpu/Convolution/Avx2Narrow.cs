using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>12×8 with twelve 256-bit accumulators, for up to 8 output channels, on AVX-512 machines too.</summary>
internal readonly unsafe struct Avx2Narrow : IMicroKernel
{
    public static int Rows => 12;
    public static int Columns => 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(in TileSource<float> a, float* b, float* tile)
    {
        Vector256<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        Vector256<float> c6 = default, c7 = default, c8 = default, c9 = default, c10 = default, c11 = default;
        var (row, step, depth) = (a.RowStride, a.DepthStride, a.Depth);
        for (var segment = 0; segment < a.Segments; segment++)
        {
            var p0 = a.Starts[segment];
            var p4 = p0 + 4 * row;
            var p8 = p0 + 8 * row;
            for (var k = 0; k < depth; k++)
            {
                var b0 = Vector256.Load(b);
                c0 = Vector256.FusedMultiplyAdd(b0, Vector256.Create(*p0), c0);
                c1 = Vector256.FusedMultiplyAdd(b0, Vector256.Create(p0[row]), c1);
                c2 = Vector256.FusedMultiplyAdd(b0, Vector256.Create(p0[2 * row]), c2);
                c3 = Vector256.FusedMultiplyAdd(b0, Vector256.Create(p0[3 * row]), c3);
                c4 = Vector256.FusedMultiplyAdd(b0, Vector256.Create(*p4), c4);
                c5 = Vector256.FusedMultiplyAdd(b0, Vector256.Create(p4[row]), c5);
                c6 = Vector256.FusedMultiplyAdd(b0, Vector256.Create(p4[2 * row]), c6);
                c7 = Vector256.FusedMultiplyAdd(b0, Vector256.Create(p4[3 * row]), c7);
                c8 = Vector256.FusedMultiplyAdd(b0, Vector256.Create(*p8), c8);
                c9 = Vector256.FusedMultiplyAdd(b0, Vector256.Create(p8[row]), c9);
                c10 = Vector256.FusedMultiplyAdd(b0, Vector256.Create(p8[2 * row]), c10);
                c11 = Vector256.FusedMultiplyAdd(b0, Vector256.Create(p8[3 * row]), c11);
                p0 += step;
                p4 += step;
                p8 += step;
                b += Columns;
            }
        }
        c0.Store(tile);
        c1.Store(tile + 8);
        c2.Store(tile + 16);
        c3.Store(tile + 24);
        c4.Store(tile + 32);
        c5.Store(tile + 40);
        c6.Store(tile + 48);
        c7.Store(tile + 56);
        c8.Store(tile + 64);
        c9.Store(tile + 72);
        c10.Store(tile + 80);
        c11.Store(tile + 88);
    }
}
