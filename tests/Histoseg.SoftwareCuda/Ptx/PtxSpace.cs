namespace Histoseg.SoftwareCuda.Ptx;

/// <summary>A state space of PTX.</summary>
public enum PtxSpace
{
    /// <summary>No space named: an address says by its value where it points.</summary>
    Generic,

    /// <summary>Device memory.</summary>
    Global,

    /// <summary>Constants of a module.</summary>
    Const,

    /// <summary>Memory of a block.</summary>
    Shared,

    /// <summary>Memory of a thread.</summary>
    Local,

    /// <summary>Arguments of a kernel.</summary>
    Param,
}
