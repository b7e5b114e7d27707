using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>8×8 with eight 256-bit accumulators; also what AVX-512 machines use for up to 8 output channels.</summary>
internal readonly unsafe struct Avx2Kernel : IMicroKernel
{
    public static int Columns => 8;

    public static void Multiply<TLayout>(float* a, float* b, int depth, float* tile) where TLayout : struct, ITileLayout
    {
        Vector256<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (var k = 0; k < depth; k++)
        {
            var b0 = Vector256.Load(b);
            c0 = Vector256.FusedMultiplyAdd(Vector256.Create(*a), b0, c0);
            c1 = Vector256.FusedMultiplyAdd(Vector256.Create(a[TLayout.RowStride]), b0, c1);
            c2 = Vector256.FusedMultiplyAdd(Vector256.Create(a[2 * TLayout.RowStride]), b0, c2);
            c3 = Vector256.FusedMultiplyAdd(Vector256.Create(a[3 * TLayout.RowStride]), b0, c3);
            c4 = Vector256.FusedMultiplyAdd(Vector256.Create(a[4 * TLayout.RowStride]), b0, c4);
            c5 = Vector256.FusedMultiplyAdd(Vector256.Create(a[5 * TLayout.RowStride]), b0, c5);
            c6 = Vector256.FusedMultiplyAdd(Vector256.Create(a[6 * TLayout.RowStride]), b0, c6);
            c7 = Vector256.FusedMultiplyAdd(Vector256.Create(a[7 * TLayout.RowStride]), b0, c7);
            a += TLayout.DepthStride;
            b += Columns;
        }
        c0.Store(tile);
        c1.Store(tile + 8);
        c2.Store(tile + 16);
        c3.Store(tile + 24);
        c4.Store(tile + 32);
        c5.Store(tile + 40);
        c6.Store(tile + 48);
        c7.Store(tile + 56);
    }
}
