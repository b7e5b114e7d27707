using Histoseg.Cuda;
using Histoseg.SoftwareCuda.Ptx.Execution;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx;

/// <summary>A kernel of a module, ready to run.</summary>
public sealed class PtxKernel
{
    private const long LongestBlock = 1024;

    /// <summary>The most shared memory a block can have on any device so far.</summary>
    private const long MostShared = 227 * 1024;

    private readonly Program program;
    private readonly Dim3? requiredBlock;

    internal PtxKernel(KernelText text, Program program)
    {
        this.program = program;
        Name = text.Name;
        Parameters = text.Parameters;
        ParameterBytes = text.ParameterBytes;
        MaxThreads = text.MaxThreads;
        requiredBlock = text.RequiredBlock;
    }

    /// <summary>The entry's name.</summary>
    public string Name { get; }

    /// <summary>Its parameters in their order.</summary>
    public IReadOnlyList<PtxParameter> Parameters { get; }

    /// <summary>Length of the block of arguments.</summary>
    public int ParameterBytes { get; }

    /// <summary>Shared memory the kernel declares itself.</summary>
    public int StaticSharedBytes => program.StaticSharedBytes;

    /// <summary>Local memory of a thread.</summary>
    public int LocalBytes => program.LocalBytes;

    /// <summary>Registers of a thread that a kernel counts on which moves them from warp to warp; null where it moves none.</summary>
    public int? CountedRegisters => program.MovesRegisters ? program.LaunchRegisters : null;

    /// <summary>Most threads a block may have: .maxntid, else 1024.</summary>
    public int MaxThreads { get; }

    /// <summary>Runs the kernel to its end.</summary>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads of a block.</param>
    /// <param name="dynamicSharedBytes">Shared memory of a block beyond what the kernel declares.</param>
    /// <param name="parameters">The arguments, each at its parameter's offset.</param>
    /// <param name="memory">The allocations of the device.</param>
    /// <param name="options">Seed, threads and checks.</param>
    /// <exception cref="DeviceFault">The kernel or the launch broke a rule.</exception>
    public void Run(Dim3 grid, Dim3 block, uint dynamicSharedBytes, ReadOnlySpan<byte> parameters, IDeviceMemory memory, RunOptions options)
    {
        if (grid.Count < 1 || block.Count < 1 || grid.X > int.MaxValue || grid.Y > 65535 || grid.Z > 65535)
            throw Bounds($"a grid of {Text(grid)} blocks of {Text(block)} threads cannot be launched");
        if (block.Count > Math.Min(MaxThreads, LongestBlock) || block.X > 1024 || block.Y > 1024 || block.Z > 64)
            throw Bounds($"a block of {Text(block)} threads is larger than the kernel allows ({MaxThreads} threads)");
        if (requiredBlock is { } required && required != block)
            throw Bounds($"the kernel requires blocks of {Text(required)} threads, not {Text(block)}");
        if (StaticSharedBytes + dynamicSharedBytes > MostShared)
            throw Bounds($"{StaticSharedBytes} bytes of static and {dynamicSharedBytes} of dynamic shared memory are more than a block can have");
        if (parameters.Length != ParameterBytes)
            throw Bounds($"the kernel takes {ParameterBytes} bytes of arguments, not {parameters.Length}");
        if (program.Constants.FirstOrDefault(constant => constant.Variable is { Address: 0 })?.Variable is { } missing)
            throw Bounds($"the module's variable {missing.Name} has not been allocated");
        new Launch(program, grid, block, dynamicSharedBytes, memory, options).Run(parameters);
    }

    private DeviceFault Bounds(string message) => new(FaultKind.LaunchBounds, Name, message);

    private static string Text(Dim3 extent) => $"{extent.X}×{extent.Y}×{extent.Z}";
}
