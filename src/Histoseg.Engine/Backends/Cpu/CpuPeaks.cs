using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu;

/// <summary>Measures what the processor can do at most.</summary>
internal static unsafe class CpuPeaks
{
    private const int Rounds = 7;
    private const int MultiplyAdds = 2_000_000;
    private const int Registers = 12;
    private const long CopyBytes = 128 << 20;

    /// <summary>The best of several rounds of multiply-adds and of copies on all threads of a pool.</summary>
    public static MachinePeaks Measure(WorkerPool pool, SimdLevel simd)
    {
        // Each thread has a place of its own for its sum, which nobody reads but the compiler cannot know that.
        var sums = new float[pool.Threads * 16];
        var width = simd switch { SimdLevel.Avx512 => 16, SimdLevel.Avx2 => 8, _ => 4 };
        Action<int> multiply = simd switch
        {
            SimdLevel.Avx512 => i => sums[i * 16] = Multiply512(),
            SimdLevel.Avx2 => i => sums[i * 16] = Multiply256(),
            _ => i => sums[i * 16] = Multiply128(),
        };
        var arithmetic = Best(() => pool.For(pool.Threads, multiply));
        var from = (byte*)NativeMemory.Alloc((nuint)CopyBytes);
        var to = (byte*)NativeMemory.Alloc((nuint)CopyBytes);
        try
        {
            new Span<byte>(from, (int)CopyBytes).Fill(1);
            var part = CopyBytes / pool.Threads;
            var copy = Best(() => pool.For(pool.Threads, i => Buffer.MemoryCopy(from + i * part, to + i * part, part, part)));
            return new MachinePeaks(2.0 * MultiplyAdds * Registers * width * pool.Threads / arithmetic, 2.0 * part * pool.Threads / copy);
        }
        finally
        {
            NativeMemory.Free(from);
            NativeMemory.Free(to);
        }
    }

    private static double Best(Action work)
    {
        var best = double.PositiveInfinity;
        for (var round = 0; round < Rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return best;
    }

    private static float Multiply512()
    {
        var (x, y) = (Vector512.Create(0.999f), Vector512.Create(0.001f));
        Vector512<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (var n = 0; n < MultiplyAdds; n++)
        {
            (a, b, c) = (Vector512.FusedMultiplyAdd(a, x, y), Vector512.FusedMultiplyAdd(b, x, y), Vector512.FusedMultiplyAdd(c, x, y));
            (d, e, f) = (Vector512.FusedMultiplyAdd(d, x, y), Vector512.FusedMultiplyAdd(e, x, y), Vector512.FusedMultiplyAdd(f, x, y));
            (g, h, i) = (Vector512.FusedMultiplyAdd(g, x, y), Vector512.FusedMultiplyAdd(h, x, y), Vector512.FusedMultiplyAdd(i, x, y));
            (j, k, l) = (Vector512.FusedMultiplyAdd(j, x, y), Vector512.FusedMultiplyAdd(k, x, y), Vector512.FusedMultiplyAdd(l, x, y));
        }
        return Vector512.Sum(a + b + c + d + e + f + (g + h + i + j + k + l));
    }

    private static float Multiply256()
    {
        var (x, y) = (Vector256.Create(0.999f), Vector256.Create(0.001f));
        Vector256<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (var n = 0; n < MultiplyAdds; n++)
        {
            (a, b, c) = (Vector256.FusedMultiplyAdd(a, x, y), Vector256.FusedMultiplyAdd(b, x, y), Vector256.FusedMultiplyAdd(c, x, y));
            (d, e, f) = (Vector256.FusedMultiplyAdd(d, x, y), Vector256.FusedMultiplyAdd(e, x, y), Vector256.FusedMultiplyAdd(f, x, y));
            (g, h, i) = (Vector256.FusedMultiplyAdd(g, x, y), Vector256.FusedMultiplyAdd(h, x, y), Vector256.FusedMultiplyAdd(i, x, y));
            (j, k, l) = (Vector256.FusedMultiplyAdd(j, x, y), Vector256.FusedMultiplyAdd(k, x, y), Vector256.FusedMultiplyAdd(l, x, y));
        }
        return Vector256.Sum(a + b + c + d + e + f + (g + h + i + j + k + l));
    }

    private static float Multiply128()
    {
        var (x, y) = (Vector128.Create(0.999f), Vector128.Create(0.001f));
        Vector128<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (var n = 0; n < MultiplyAdds; n++)
        {
            (a, b, c) = (Vector128.MultiplyAddEstimate(a, x, y), Vector128.MultiplyAddEstimate(b, x, y), Vector128.MultiplyAddEstimate(c, x, y));
            (d, e, f) = (Vector128.MultiplyAddEstimate(d, x, y), Vector128.MultiplyAddEstimate(e, x, y), Vector128.MultiplyAddEstimate(f, x, y));
            (g, h, i) = (Vector128.MultiplyAddEstimate(g, x, y), Vector128.MultiplyAddEstimate(h, x, y), Vector128.MultiplyAddEstimate(i, x, y));
            (j, k, l) = (Vector128.MultiplyAddEstimate(j, x, y), Vector128.MultiplyAddEstimate(k, x, y), Vector128.MultiplyAddEstimate(l, x, y));
        }
        return Vector128.Sum(a + b + c + d + e + f + (g + h + i + j + k + l));
    }
}
