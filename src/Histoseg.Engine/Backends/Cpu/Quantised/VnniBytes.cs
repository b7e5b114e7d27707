using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Histoseg.Engine.Backends.Cpu.Convolution;

namespace Histoseg.Engine.Backends.Cpu.Quantised;

/// <summary>6×16 with AVX-VNNI: an instruction multiplies four bytes of each of eight columns and adds them up.</summary>
internal readonly unsafe struct VnniBytes : IByteKernel
{
    public static int Rows => 6;
    public static int QuadBytes => 4;

    public static void Pack(ReadOnlySpan<sbyte> four, byte* quad, int column) => PortableBytes.Pack(four, quad, column);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(in TileSource<byte> a, byte* b, int* tile)
    {
        Vector256<int> c0a = default, c1a = default, c2a = default, c3a = default, c4a = default, c5a = default;
        Vector256<int> c0b = default, c1b = default, c2b = default, c3b = default, c4b = default, c5b = default;
        var (row, depth) = (a.RowStride, a.Depth);
        var w = (sbyte*)b;
        for (var segment = 0; segment < a.Segments; segment++)
        {
            var p0 = a.Starts[segment];
            var p3 = p0 + 3 * row;
            for (var k = 0; k < depth; k += 4)
            {
                var b0 = Vector256.Load(w);
                var b1 = Vector256.Load(w + 32);
                var x0 = Vector256.Create(*(uint*)p0).AsByte();
                c0a = AvxVnni.MultiplyWideningAndAdd(c0a, x0, b0);
                c0b = AvxVnni.MultiplyWideningAndAdd(c0b, x0, b1);
                var x1 = Vector256.Create(*(uint*)(p0 + row)).AsByte();
                c1a = AvxVnni.MultiplyWideningAndAdd(c1a, x1, b0);
                c1b = AvxVnni.MultiplyWideningAndAdd(c1b, x1, b1);
                var x2 = Vector256.Create(*(uint*)(p0 + 2 * row)).AsByte();
                c2a = AvxVnni.MultiplyWideningAndAdd(c2a, x2, b0);
                c2b = AvxVnni.MultiplyWideningAndAdd(c2b, x2, b1);
                var x3 = Vector256.Create(*(uint*)p3).AsByte();
                c3a = AvxVnni.MultiplyWideningAndAdd(c3a, x3, b0);
                c3b = AvxVnni.MultiplyWideningAndAdd(c3b, x3, b1);
                var x4 = Vector256.Create(*(uint*)(p3 + row)).AsByte();
                c4a = AvxVnni.MultiplyWideningAndAdd(c4a, x4, b0);
                c4b = AvxVnni.MultiplyWideningAndAdd(c4b, x4, b1);
                var x5 = Vector256.Create(*(uint*)(p3 + 2 * row)).AsByte();
                c5a = AvxVnni.MultiplyWideningAndAdd(c5a, x5, b0);
                c5b = AvxVnni.MultiplyWideningAndAdd(c5b, x5, b1);
                p0 += 4;
                p3 += 4;
                w += 64;
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
