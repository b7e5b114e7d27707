namespace Histoseg.KernelCheck;

/// <summary>A generation of GPUs that kernels are assembled for, and what its multiprocessors hold (CUDA programming guide, compute capabilities).</summary>
/// <param name="Name">As ptxas calls it.</param>
/// <param name="SharedBytes">Shared memory of a multiprocessor.</param>
internal sealed record Gpu(string Name, int SharedBytes)
{
    private const int Registers = 65536, RegisterUnit = 256, MostWarps = 64, MostBlocks = 32, Partitions = 4, ReservedBytes = 1024, WarpSize = 32;

    /// <summary>Ampere of data centres, and Hopper without and with what only it has.</summary>
    public static readonly IReadOnlyList<Gpu> All = [new("sm_80", 164 << 10), new("sm_90", 228 << 10), new("sm_90a", 228 << 10)];

    /// <summary>Blocks of a kernel that a multiprocessor runs at a time.</summary>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="registers">Registers of a thread.</param>
    /// <param name="shared">Shared memory of a block, bytes.</param>
    public int Blocks(int threads, int registers, long shared)
    {
        var warps = (threads + WarpSize - 1) / WarpSize;
        // Registers are given to warps in units, and each partition has a quarter of them.
        var ofWarp = (registers * WarpSize + RegisterUnit - 1) / RegisterUnit * RegisterUnit;
        var byRegisters = ofWarp == 0 ? MostWarps : Registers / Partitions / ofWarp * Partitions;
        return (int)Math.Min(Math.Min(MostBlocks, Math.Min(MostWarps, byRegisters) / warps), SharedBytes / (shared + ReservedBytes));
    }
}
