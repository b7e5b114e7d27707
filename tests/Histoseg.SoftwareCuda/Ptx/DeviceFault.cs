using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Ptx;

/// <summary>A violation found while a kernel ran.</summary>
public sealed class DeviceFault : Exception
{
    internal DeviceFault(FaultKind kind, string kernel, string message, string place = "") : base($"{kernel}: {message}{place}")
    {
        Kind = kind;
        Kernel = kernel;
    }

    /// <summary>What went wrong.</summary>
    public FaultKind Kind { get; }

    /// <summary>The kernel's name.</summary>
    public string Kernel { get; }

    /// <summary>Line of the PTX, or 0 for a fault of the launch itself.</summary>
    public int Line { get; internal init; }

    /// <summary>File and line of the kernel's source, where the PTX says; else empty.</summary>
    public string SourcePlace { get; internal init; } = "";

    /// <summary>The block's index in the grid.</summary>
    public Dim3 Block { get; internal init; }

    /// <summary>The thread's index in its block.</summary>
    public Dim3 Thread { get; internal init; }

    /// <summary>The address at fault, or 0.</summary>
    public ulong Address { get; internal init; }
}
