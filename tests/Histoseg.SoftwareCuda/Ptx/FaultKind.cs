namespace Histoseg.SoftwareCuda.Ptx;

/// <summary>What a kernel did wrong.</summary>
public enum FaultKind
{
    /// <summary>An access outside every allocation, outside shared or local memory, or outside the parameters.</summary>
    OutOfBounds,

    /// <summary>An address that is no multiple of the access's width.</summary>
    Misaligned,

    /// <summary>Two threads touched the same byte without a barrier between them, and at least one wrote.</summary>
    SharedRace,

    /// <summary>Lanes of one instruction wrote different values to the same place.</summary>
    ConflictingWrites,

    /// <summary>A barrier or a warp-wide instruction that not all the threads it needs have reached.</summary>
    DivergentBarrier,

    /// <summary>Shared memory was touched while an asynchronous copy into it was still under way.</summary>
    MissingWait,

    /// <summary>A matrix product or a box copy without the fence that shows it what ordinary instructions wrote.</summary>
    MissingFence,

    /// <summary>An instruction with operands it does not allow.</summary>
    BadInstruction,

    /// <summary>A launch that the kernel's limits or the device's forbid.</summary>
    LaunchBounds,

    /// <summary>A warp used up its instruction budget, or all warps wait for something that none of them will do.</summary>
    EndlessLoop,
}
