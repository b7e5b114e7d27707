using System.Numerics;
using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Backends.Cpu;

/// <summary>Makes the CPU kernels of one program. Each operation adds its part in its own <c>.Cpu.cs</c> file.</summary>
/// <typeparam name="T">float for training and inference, double for gradient checks.</typeparam>
internal sealed unsafe partial class CpuKernels<T> : IKernels where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Loops over pixels are cut into this many chunks whatever the number of threads, so that sums come out the same.</summary>
    private const int Chunks = 64;

    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly SimdLevel _simd;
    private readonly bool _exact;
    private readonly RankQueue? _ranks;

    public CpuKernels(CpuMemory memory, WorkerPool pool, SimdLevel simd, bool exact, RankQueue? ranks) =>
        (_memory, _pool, _simd, _exact, _ranks) = (memory, pool, simd, exact, ranks);

    private Buffer<T> Real(Value value) => new(_memory.Address(value), value.Shape);

    private Buffer<int> Integers(Value value) => new(_memory.Address(value), value.Shape);

    private Buffer<byte> Bytes(Value value) => new(_memory.Address(value), value.Shape);

    private static T Number(double value) => T.CreateChecked(value);

    private int RankCount => _ranks?.Count ?? 1;

    /// <summary>Gives the sums over all ranks of so many numbers, or of this one alone the numbers themselves.</summary>
    private Func<double[], double[]> OverRanks(int count, bool acrossRanks)
    {
        if (!acrossRanks || _ranks is not { } ranks)
            return own => own;
        var sums = new double[count];
        var call = new RankCall(group => group.Sum(sums));
        return own =>
        {
            own.CopyTo(sums, 0);
            ranks.Call(call);
            return sums;
        };
    }

    /// <summary>A kernel that runs <paramref name="body"/>(first, past) over the range 0…count in parallel chunks.</summary>
    private Kernel ForRange(long count, Action<int, int> body, int grain = 1)
    {
        var (total, chunks) = (checked((int)count), (int)Math.Min(Chunks, Math.Max(1, count / grain)));
        Action<int> chunk = i => body((int)((long)total * i / chunks), (int)((long)total * (i + 1) / chunks));
        return () => _pool.For(chunks, chunk);
    }
}
