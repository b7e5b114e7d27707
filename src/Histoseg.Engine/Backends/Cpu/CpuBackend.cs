using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ranks;

namespace Histoseg.Engine.Backends.Cpu;

/// <summary>Runs tapes on the processor: a plain path in any float type, and SIMD convolutions in float32.</summary>
internal sealed class CpuBackend : ProcessorBackend
{
    private readonly WorkerPool _pool;
    private readonly bool _exact;
    private readonly RankQueue? _ranks;

    /// <summary>A backend with its own threads.</summary>
    /// <param name="threads">Threads to use; 0 means one per core.</param>
    /// <param name="simd">Vector instructions for float32 convolutions; by default the widest this machine has.</param>
    /// <param name="exact">Whether convolutions are multiplied out as they are defined, never by Winograd's way.</param>
    /// <param name="ranks">The processes that train together, which stay the caller's; null: this one is alone.</param>
    public CpuBackend(int threads = 0, SimdLevel? simd = null, bool exact = false, RankGroup? ranks = null)
    {
        (_pool, _exact, _ranks) = (new WorkerPool(threads), exact, ranks is null ? null : new RankQueue(ranks));
        Simd = simd ?? SimdSupport.Best;
    }

    /// <summary>Number of threads used.</summary>
    public int Threads => _pool.Threads;

    /// <summary>Vector instructions used.</summary>
    public SimdLevel Simd { get; }

    /// <inheritdoc/>
    public override string Description => $"CPU, {Threads} thread{(Threads == 1 ? "" : "s")}, {Simd}";

    /// <inheritdoc/>
    public override Precision Precision => Precision.Fp32;

    /// <inheritdoc/>
    public override bool RunsAsynchronously => false;

    /// <inheritdoc/>
    public override int PreferredBatch => 4;

    /// <inheritdoc/>
    public override int Readers => 1;

    /// <inheritdoc/>
    public override bool RunsQuantised => true;

    /// <inheritdoc/>
    public override long UsableMemory() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <inheritdoc/>
    public override long BytesNeeded(Tape tape)
    {
        var planned = PlannedMemory.OnProcessor(tape);
        if (planned == long.MaxValue)
            return planned;
        // Kernels are asked what they need, and take none of it.
        using var memory = new CpuMemory(MemoryPlan.For(tape, sizeof(float)), isCounted: true);
        var kernels = new CpuKernels<float>(memory, _pool, Simd, _exact, _ranks);
        foreach (var node in tape.Nodes)
            node.Op.Compile(kernels, node);
        return planned + memory.WorkspaceBytes;
    }

    /// <inheritdoc/>
    public override Program<float> Compile(Tape tape) => Compile<float>(tape);

    /// <inheritdoc/>
    public override CpuProgram<T> Compile<T>(Tape tape) => new(tape, _pool, Simd, _exact, _ranks);

    /// <inheritdoc/>
    public override MachinePeaks MeasurePeaks() => CpuPeaks.Measure(_pool, Simd);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _ranks?.Dispose();
        _pool.Dispose();
    }
}
