using Histoseg.Cuda;
using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>Makes the CUDA kernels of one program. Each operation adds its part in its own <c>.Cuda.cs</c> file.</summary>
internal sealed partial class CudaKernels : IKernels, IDisposable
{
    /// <summary>Threads per block of kernels that have no reason for another number.</summary>
    private const int BlockSize = 256;

    private readonly CudaDevice _device;
    private readonly CudaMemory _memory;
    private readonly Tape _tape;
    private readonly Precision _precision;
    private readonly List<IDisposable> _owned = [];
    private readonly List<CudaLaunch> _launches = [];

    public CudaKernels(CudaDevice device, CudaMemory memory, Tape tape, Precision precision) =>
        (_device, _memory, _tape, _precision) = (device, memory, tape, precision);

    /// <summary>A value's memory.</summary>
    private CudaTensor Tensor(Value value) => _memory[value];

    /// <summary>Binds a kernel of <c>kernels/ptx/&lt;module&gt;.ptx</c>. Arguments must match its parameters in number and width.</summary>
    private Kernel Launch(string module, string entry, Dim3 grid, Dim3 block, uint sharedBytes, params KernelArgument[] arguments)
    {
        var launch = new CudaLaunch(_device.Driver, _device.Function(module, entry, sharedBytes), entry,
            _device.ComputeStream, grid, block, sharedBytes, arguments);
        _launches.Add(launch);
        _owned.Add(launch);
        return launch.Run;
    }

    /// <summary>Binds a kernel that strides over <paramref name="items"/> independent items with one thread for each as far as the grid goes.</summary>
    private Kernel LaunchOver(string module, string entry, long items, params KernelArgument[] arguments) =>
        Launch(module, entry, new Dim3((uint)Math.Clamp((items + BlockSize - 1) / BlockSize, 1, 32L * _device.Multiprocessors)),
            new Dim3(BlockSize), 0, arguments);

    /// <summary>
    /// Binds a kernel that strides over the elements of <paramref name="y"/>, 16 bytes of them per thread (<c>for_packs</c> in
    /// <c>kernels/common.cuh</c>).
    /// </summary>
    private Kernel LaunchOverPacks(string module, string entry, CudaTensor y, params KernelArgument[] arguments) =>
        LaunchOver(module, entry, y.Bytes / 16, arguments);

    /// <summary>Copies float32 numbers as bfloat16.</summary>
    public Kernel Narrow(CudaTensor source, CudaTensor target) => LaunchOverPacks("elementwise", "narrow", source, source, target, source.Count);

    /// <summary>Where a place in the workspace is, once all nodes are compiled.</summary>
    private ulong Address(Workspace place) => _memory.Workspace + (ulong)place.Offset;

    /// <summary>Several kernels one after another.</summary>
    private static Kernel Sequence(params Kernel[] kernels) => () =>
    {
        foreach (var kernel in kernels)
            kernel();
    };

    /// <summary>Tells every launch where the workspace is; called once all nodes are compiled.</summary>
    public void BindWorkspace()
    {
        foreach (var launch in _launches)
            launch.Bind(_memory.Workspace);
    }

    public void Dispose()
    {
        foreach (var one in _owned)
            one.Dispose();
        _owned.Clear();
    }
}
