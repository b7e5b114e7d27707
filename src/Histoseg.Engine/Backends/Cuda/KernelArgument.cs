namespace Histoseg.Engine.Backends.Cuda;

/// <summary>
/// One argument of a kernel launch: up to eight bytes, a structure of more, or a place in the workspace, whose address is known once all nodes are compiled.
/// </summary>
internal readonly struct KernelArgument
{
    private KernelArgument(ulong bits, bool isWorkspace = false) => (Bits, IsWorkspace) = (bits, isWorkspace);

    /// <summary>The value, low bytes first; for a workspace its offset.</summary>
    public ulong Bits { get; }

    /// <summary>A structure handed over by value; null: <see cref="Bits"/> count.</summary>
    public byte[]? Structure { get; private init; }

    /// <summary>A structure by value.</summary>
    public static KernelArgument Of(byte[] structure) => new(0) { Structure = structure };

    /// <summary>Whether the workspace's address is to be added.</summary>
    public bool IsWorkspace { get; }

    public static implicit operator KernelArgument(CudaTensor tensor) => new(tensor.Address);

    /// <summary>A pointer that may be null.</summary>
    public static implicit operator KernelArgument(CudaTensor? tensor) => new(tensor?.Address ?? 0);

    public static implicit operator KernelArgument(Workspace workspace) => new((ulong)workspace.Offset, isWorkspace: true);

    public static implicit operator KernelArgument(ulong value) => new(value);

    public static implicit operator KernelArgument(long value) => new((ulong)value);

    public static implicit operator KernelArgument(int value) => new((uint)value);

    public static implicit operator KernelArgument(bool value) => new(value ? 1u : 0u);

    public static implicit operator KernelArgument(float value) => new(BitConverter.SingleToUInt32Bits(value));
}

/// <summary>A place in the memory that all kernels share while they run.</summary>
internal readonly record struct Workspace(long Offset)
{
    /// <summary>The place <paramref name="bytes"/> further on.</summary>
    public Workspace At(long bytes) => new(Offset + bytes);
}
