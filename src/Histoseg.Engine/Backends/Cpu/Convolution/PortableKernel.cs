using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>4×8 with eight 128-bit accumulators: SSE and NEON.</summary>
internal readonly unsafe struct PortableKernel : IMicroKernel
{
    public static int Rows => 4;
    public static int Columns => 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(in TileSource<float> a, float* b, float* tile)
    {
        Vector128<float> c0a = default, c1a = default, c2a = default, c3a = default;
        Vector128<float> c0b = default, c1b = default, c2b = default, c3b = default;
        var (row, step, depth) = (a.RowStride, a.DepthStride, a.Depth);
        for (var segment = 0; segment < a.Segments; segment++)
        {
            var p0 = a.Starts[segment];
            for (var k = 0; k < depth; k++)
            {
                var b0 = Vector128.Load(b);
                var b1 = Vector128.Load(b + 4);
                var a0 = Vector128.Create(*p0);
                c0a = Vector128.MultiplyAddEstimate(a0, b0, c0a);
                c0b = Vector128.MultiplyAddEstimate(a0, b1, c0b);
                var a1 = Vector128.Create(p0[row]);
                c1a = Vector128.MultiplyAddEstimate(a1, b0, c1a);
                c1b = Vector128.MultiplyAddEstimate(a1, b1, c1b);
                var a2 = Vector128.Create(p0[2 * row]);
                c2a = Vector128.MultiplyAddEstimate(a2, b0, c2a);
                c2b = Vector128.MultiplyAddEstimate(a2, b1, c2b);
                var a3 = Vector128.Create(p0[3 * row]);
                c3a = Vector128.MultiplyAddEstimate(a3, b0, c3a);
                c3b = Vector128.MultiplyAddEstimate(a3, b1, c3b);
                p0 += step;
                b += Columns;
            }
        }
        c0a.Store(tile);
        c0b.Store(tile + 4);
        c1a.Store(tile + 8);
        c1b.Store(tile + 12);
        c2a.Store(tile + 16);
        c2b.Store(tile + 20);
        c3a.Store(tile + 24);
        c3b.Store(tile + 28);
    }
}
