namespace Histoseg.GpuCheck;

/// <summary>Which libraries a GPU is opened with, and so what its convolutions can be computed by.</summary>
internal enum Convolutions
{
    /// <summary>None, and of the engine's own kernels those that every GPU runs.</summary>
    Portable,
    /// <summary>None: all of the engine's own kernels.</summary>
    Own,
    /// <summary>cuDNN beside the own kernels.</summary>
    Cudnn,
    /// <summary>cuBLASLt beside the own kernels.</summary>
    CublasLt,
    /// <summary>Both: what a user gets.</summary>
    All,
    /// <summary>Both, and of the own kernels those that every GPU runs: for a GPU on which the others do harm.</summary>
    AllPortable,
}
