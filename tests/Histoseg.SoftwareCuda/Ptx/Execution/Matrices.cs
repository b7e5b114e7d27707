using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>ldmatrix and mma.sync. Of lane l, g = l / 4 and t = l % 4 are what the PTX manual calls groupID and threadID_in_group.</summary>
internal static unsafe class Matrices
{
    private const int Rows = 16;
    private const int Columns = 8;
    private const uint Tf32Bits = 0xFFFF_E000;

    /// <summary>
    /// N matrices of 8×8 b16: lanes 8j…8j+7 give the addresses of matrix j's rows. Lane l gets elements 2t and 2t+1 of row g, or with
    /// E = 1 (.trans) rows 2t and 2t+1 of column g.
    /// </summary>
    public static void LoadMatrix<TSpace>(Warp w, Instruction* i, uint mask) where TSpace : ISpace
    {
        NeedAll(w, i, mask);
        var rows = stackalloc ushort*[8];
        for (var matrix = 0; matrix < i->N; matrix++)
        {
            for (var row = 0; row < 8; row++)
            {
                var lane = matrix * 8 + row;
                rows[row] = (ushort*)TSpace.At(w, i, lane, Accesses.Address(w, i, lane), 16, 16, false);
            }
            var d = (uint*)(w.R + w.Pool[i->List + matrix]);
            if (i->E == 0)
                for (var g = 0; g < 8; g++)
                    Vector128.Load((uint*)rows[g]).Store(d + 4 * g);
            else
                for (var lane = 0; lane < Lanes.Count; lane++)
                {
                    int g = lane >> 2, t = lane & 3;
                    d[lane] = rows[2 * t][g] | (uint)rows[2 * t + 1][g] << 16;
                }
        }
    }

    /// <summary>
    /// mma.m16n8kK with 16-bit inputs, two to a register. List: D (4), A (K/4), B (K/8), C (4). N is K.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyHalves<THalf>(Warp w, Instruction* i, uint mask) where THalf : IHalfFormat
    {
        NeedAll(w, i, mask);
        var depth = i->N;
        var list = w.Pool + i->List;
        float* a = stackalloc float[Rows * 16], b = stackalloc float[16 * Columns];
        for (var r = 0; r < depth / 4; r++)
        {
            // register r: rows g (even r) or g + 8, columns 2t, 2t + 1, from r = 2 on 8 further: four lanes hold eight neighbours
            var source = (uint*)(w.R + list[4 + r]);
            var to = a + 8 * (r & 1) * depth + 8 * (r >> 1);
            for (var g = 0; g < 8; g++, to += depth)
                Interleaved(THalf.Halves(Vector128.Load(source + 4 * g))).Store(to);
        }
        for (var r = 0; r < depth / 8; r++)
        {
            // register r: rows 2t, 2t + 1, for r = 1 8 further; column g
            var source = (uint*)(w.R + list[4 + depth / 4 + r]);
            for (var t = 0; t < 4; t++)
            {
                var s = source + t;
                var (low, high) = THalf.Halves(Vector256.Create(s[0], s[4], s[8], s[12], s[16], s[20], s[24], s[28]));
                low.Store(b + (2 * t + 8 * r) * Columns);
                high.Store(b + (2 * t + 1 + 8 * r) * Columns);
            }
        }
        Multiply(w, list, list + 4 + depth / 4 + depth / 8, a, b, depth);
    }

    /// <summary>mma.m16n8kK with tf32 inputs, of which the upper 19 bits are read. List: D (4), A (K/2), B (K/4), C (4). N is K.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyTf32(Warp w, Instruction* i, uint mask)
    {
        NeedAll(w, i, mask);
        var depth = i->N;
        var list = w.Pool + i->List;
        float* a = stackalloc float[Rows * 8], b = stackalloc float[8 * Columns];
        for (var r = 0; r < depth / 2; r++)
        {
            // register r: rows g (even r) or g + 8, column t, from r = 2 on 4 further
            var source = (uint*)(w.R + list[4 + r]);
            var to = a + 8 * (r & 1) * depth + 4 * (r >> 1);
            for (var g = 0; g < 8; g++, to += depth)
                (Vector128.Load(source + 4 * g) & Vector128.Create(Tf32Bits)).AsSingle().Store(to);
        }
        for (var r = 0; r < depth / 4; r++)
        {
            // register r: row t, for r = 1 4 further; column g
            var source = (uint*)(w.R + list[4 + depth / 2 + r]);
            for (var t = 0; t < 4; t++)
            {
                var s = source + t;
                (Vector256.Create(s[0], s[4], s[8], s[12], s[16], s[20], s[24], s[28]) & Vector256.Create(Tf32Bits))
                    .AsSingle().Store(b + (t + 4 * r) * Columns);
            }
        }
        Multiply(w, list, list + 4 + depth / 2 + depth / 4, a, b, depth);
    }

    /// <summary>D = A·B + C for A (16, depth) and B (depth, 8) by rows; C and D are spread over the lanes: rows g and g + 8, columns 2t, 2t + 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(Warp w, int* dList, int* cList, float* a, float* b, int depth)
    {
        for (var half = 0; half < 2; half++)
        {
            uint* cEven = (uint*)(w.R + cList[2 * half]), cOdd = (uint*)(w.R + cList[2 * half + 1]);
            uint* dEven = (uint*)(w.R + dList[2 * half]), dOdd = (uint*)(w.R + dList[2 * half + 1]);
            for (var g = 0; g < 8; g += 2)
            {
                // eight lanes hold the even and the odd columns of two rows
                var (even0, even1) = Vector256.Widen(Vector256.Load(cEven + 4 * g));
                var (odd0, odd1) = Vector256.Widen(Vector256.Load(cOdd + 4 * g));
                var (sum0, sum1) = ((even0 | odd0 << 32).AsSingle(), (even1 | odd1 << 32).AsSingle());
                var row = a + (8 * half + g) * depth;
                for (var k = 0; k < depth; k++)
                {
                    var column = Vector256.Load(b + k * Columns);
                    sum0 = Vector256.FusedMultiplyAdd(Vector256.Create(row[k]), column, sum0);
                    sum1 = Vector256.FusedMultiplyAdd(Vector256.Create(row[depth + k]), column, sum1);
                }
                Vector256.Narrow(sum0.AsUInt64(), sum1.AsUInt64()).Store(dEven + 4 * g);
                Vector256.Narrow(sum0.AsUInt64() >> 32, sum1.AsUInt64() >> 32).Store(dOdd + 4 * g);
            }
        }
    }

    /// <summary>The first of one, the first of the other, the second of one…</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Interleaved((Vector128<float> Low, Vector128<float> High) pair)
    {
        var (low0, low1) = Vector128.Widen(pair.Low.AsUInt32());
        var (high0, high1) = Vector128.Widen(pair.High.AsUInt32());
        return Vector256.Create(low0 | high0 << 32, low1 | high1 << 32).AsSingle();
    }

    private static void NeedAll(Warp w, Instruction* i, uint mask)
    {
        if (mask != Lanes.All)
            throw w.Block.Fault(FaultKind.DivergentBarrier, w, i, ~mask, "a matrix instruction needs all 32 lanes of the warp");
    }
}
