using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>ldmatrix and mma.sync. Of lane l, g = l / 4 and t = l % 4 are what the PTX manual calls groupID and threadID_in_group.</summary>
internal static unsafe class Matrices
{
    private const int Rows = 16;
    private const int Columns = 8;

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
            for (var lane = 0; lane < Lanes.Count; lane++)
            {
                int g = lane >> 2, t = lane & 3;
                d[lane] = i->E == 0 ? ((uint*)rows[g])[t] : rows[2 * t][g] | (uint)rows[2 * t + 1][g] << 16;
            }
        }
    }

    /// <summary>
    /// mma.m16n8kK with 16-bit inputs, two to a register. List: D (4), A (K/4), B (K/8), C (4). N is K.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyHalves<THalf>(Warp w, Instruction* i, uint mask) where THalf : IMap<ushort, float>
    {
        NeedAll(w, i, mask);
        var depth = i->N;
        var list = w.Pool + i->List;
        float* a = stackalloc float[Rows * 16], b = stackalloc float[16 * Columns], c = stackalloc float[Rows * Columns];
        for (var r = 0; r < depth / 4; r++)
        {
            // register r: rows g (even r) or g + 8, columns 2t, 2t + 1, from r = 2 on 8 further
            var source = (ushort*)(w.R + list[4 + r]);
            for (var lane = 0; lane < Lanes.Count; lane++)
            {
                var to = a + ((lane >> 2) + 8 * (r & 1)) * depth + 2 * (lane & 3) + 8 * (r >> 1);
                to[0] = THalf.Do(source[2 * lane]);
                to[1] = THalf.Do(source[2 * lane + 1]);
            }
        }
        for (var r = 0; r < depth / 8; r++)
        {
            // register r: rows 2t, 2t + 1, for r = 1 8 further; column g
            var source = (ushort*)(w.R + list[4 + depth / 4 + r]);
            for (var lane = 0; lane < Lanes.Count; lane++)
            {
                var to = b + (2 * (lane & 3) + 8 * r) * Columns + (lane >> 2);
                to[0] = THalf.Do(source[2 * lane]);
                to[Columns] = THalf.Do(source[2 * lane + 1]);
            }
        }
        Multiply(w, list, list + 4 + depth / 4 + depth / 8, a, b, c, depth);
    }

    /// <summary>mma.m16n8kK with tf32 inputs, of which the upper 19 bits are read. List: D (4), A (K/2), B (K/4), C (4). N is K.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyTf32(Warp w, Instruction* i, uint mask)
    {
        NeedAll(w, i, mask);
        var depth = i->N;
        var list = w.Pool + i->List;
        float* a = stackalloc float[Rows * 8], b = stackalloc float[8 * Columns], c = stackalloc float[Rows * Columns];
        for (var r = 0; r < depth / 2; r++)
        {
            // register r: rows g (even r) or g + 8, column t, from r = 2 on 4 further
            var source = (uint*)(w.R + list[4 + r]);
            for (var lane = 0; lane < Lanes.Count; lane++)
                a[((lane >> 2) + 8 * (r & 1)) * depth + (lane & 3) + 4 * (r >> 1)] = Truncated(source[lane]);
        }
        for (var r = 0; r < depth / 4; r++)
        {
            // register r: row t, for r = 1 4 further; column g
            var source = (uint*)(w.R + list[4 + depth / 2 + r]);
            for (var lane = 0; lane < Lanes.Count; lane++)
                b[((lane & 3) + 4 * r) * Columns + (lane >> 2)] = Truncated(source[lane]);
        }
        Multiply(w, list, list + 4 + depth / 2 + depth / 4, a, b, c, depth);
    }

    private static float Truncated(uint bits) => BitConverter.UInt32BitsToSingle(bits & 0xFFFF_E000);

    /// <summary>D = A·B + C for A (16, depth) and B (depth, 8) by rows; C and D are spread over the lanes: rows g and g + 8, columns 2t, 2t + 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(Warp w, int* dList, int* cList, float* a, float* b, float* c, int depth)
    {
        for (var r = 0; r < 4; r++)
        {
            var source = (float*)(w.R + cList[r]);
            for (var lane = 0; lane < Lanes.Count; lane++)
                c[((lane >> 2) + 8 * (r >> 1)) * Columns + 2 * (lane & 3) + (r & 1)] = source[lane];
        }
        for (var row = 0; row < Rows; row++)
        {
            var sum = Vector256.Load(c + row * Columns);
            for (var k = 0; k < depth; k++)
                sum = Vector256.FusedMultiplyAdd(Vector256.Create(a[row * depth + k]), Vector256.Load(b + k * Columns), sum);
            sum.Store(c + row * Columns);
        }
        for (var r = 0; r < 4; r++)
        {
            var d = (float*)(w.R + dList[r]);
            for (var lane = 0; lane < Lanes.Count; lane++)
                d[lane] = c[((lane >> 2) + 8 * (r >> 1)) * Columns + 2 * (lane & 3) + (r & 1)];
        }
    }

    private static void NeedAll(Warp w, Instruction* i, uint mask)
    {
        if (mask != Lanes.All)
            throw w.Block.Fault(FaultKind.DivergentBarrier, w, i, ~mask, "a matrix instruction needs all 32 lanes of the warp");
    }
}
