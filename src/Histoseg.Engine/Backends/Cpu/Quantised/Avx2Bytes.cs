using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Histoseg.Engine.Backends.Cpu.Convolution;

namespace Histoseg.Engine.Backends.Cpu.Quantised;

/// <summary>
/// 4×16 with AVX2's multiply-add of 16-bit numbers, which cannot overflow as that of bytes can. Of four channels the even and the odd ones are taken apart in a
/// register; weights are packed as 16-bit numbers in the same order.
/// </summary>
internal readonly unsafe struct Avx2Bytes : IByteKernel
{
    public static int Rows => 4;
    public static int QuadBytes => 8;

    // Per quad: even channels of columns 0 … 7, of 8 … 15, then odd channels of both.
    public static void Pack(ReadOnlySpan<sbyte> four, byte* quad, int column)
    {
        var to = (short*)quad + 2 * column;
        (to[0], to[1], to[32], to[33]) = (four[0], four[2], four[1], four[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(in TileSource<byte> a, byte* b, int* tile)
    {
        Vector256<int> c0a = default, c1a = default, c2a = default, c3a = default;
        Vector256<int> c0b = default, c1b = default, c2b = default, c3b = default;
        var (row, even) = (a.RowStride, Vector256.Create((ushort)0xFF));
        var w = (short*)b;
        for (var segment = 0; segment < a.Segments; segment++)
        {
            var p = a.Starts[segment];
            for (var k = 0; k < a.Depth; k += 4, p += 4, w += 64)
            {
                Vector256<short> e0 = Vector256.Load(w), e1 = Vector256.Load(w + 16), o0 = Vector256.Load(w + 32), o1 = Vector256.Load(w + 48);
                Add(*(uint*)p, ref c0a, ref c0b);
                Add(*(uint*)(p + row), ref c1a, ref c1b);
                Add(*(uint*)(p + 2 * row), ref c2a, ref c2b);
                Add(*(uint*)(p + 3 * row), ref c3a, ref c3b);

                [MethodImpl(MethodImplOptions.AggressiveInlining)]
                void Add(uint four, ref Vector256<int> first, ref Vector256<int> second)
                {
                    var x = Vector256.Create(four).AsUInt16();
                    var (xe, xo) = ((x & even).AsInt16(), (x >>> 8).AsInt16());
                    first += Avx2.MultiplyAddAdjacent(xe, e0) + Avx2.MultiplyAddAdjacent(xo, o0);
                    second += Avx2.MultiplyAddAdjacent(xe, e1) + Avx2.MultiplyAddAdjacent(xo, o1);
                }
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
