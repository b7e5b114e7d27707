namespace Histoseg.SoftwareCuda;

/// <summary>What the simulated GPU and its driver are like.</summary>
public sealed record SoftwareCudaOptions
{
    /// <summary>Bytes of device memory.</summary>
    public long MemoryBytes { get; init; } = 2L << 30;

    /// <summary>Compute capability, 10·major + minor.</summary>
    public int ComputeCapability { get; init; } = 80;

    /// <summary>1000·major + 10·minor of the newest CUDA the simulated driver supports.</summary>
    public int DriverVersion { get; init; } = 12040;

    /// <summary>10·major + minor of the newest PTX ISA the simulated driver takes.</summary>
    public int PtxVersion { get; init; } = 84;

    /// <summary>Chooses among the orders in which independent work may run.</summary>
    public int Seed { get; init; }

    /// <summary>Registers of a thread that the compiler is said to have given every kernel; null: as many as it counts on.</summary>
    public int? Registers { get; init; }

    /// <summary>Changes a module's text before it is read: for faults that tests plant in kernels that ship.</summary>
    public Func<string, string>? Rewrite { get; init; }

    /// <summary>Whether a violation throws at the call that shows it; otherwise it is a status, sticky where a GPU's would be.</summary>
    public bool ThrowOnFault { get; init; } = true;

    /// <summary>Whether kernels' accesses to global memory take part in the search for unordered accesses of several streams.</summary>
    public bool TrackKernels { get; init; } = true;
}
