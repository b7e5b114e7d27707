using Histoseg.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>A pair of convolutions by kernels of the engine: a product, and where it is shared by several blocks the sum of what they made.</summary>
internal abstract class CrossImplementation(CudaDevice device, CrossProblem problem) : IImplementation<CrossTensors>
{
    private readonly List<CudaLaunch> _launches = [];

    public abstract string Name { get; }

    public virtual bool IsTrusted => false;

    public abstract long WorkspaceBytes { get; }

    /// <summary>The GPU.</summary>
    protected CudaDevice Device { get; } = device;

    /// <summary>The problem.</summary>
    protected CrossProblem Problem { get; } = problem;

    /// <summary>All there are for a problem, the one that every GPU runs first.</summary>
    public static IReadOnlyList<CrossImplementation> All(CudaDevice device, CrossProblem problem)
    {
        var (isGradient, isHopper) = (problem.Kind == ConvolutionKind.WeightGradient, HopperTile.RunsOn(device));
        if (!problem.OnTensorCores)
            return [isGradient ? new PlainCrossWeightGradient(device, problem) : new PlainCrossConvolution(device, problem)];
        return isGradient
            ? [
                new TensorCoreCrossWeightGradient(device, problem),
                .. isHopper && HopperCrossWeightGradient.Serves(problem) ? [new HopperCrossWeightGradient(device, problem)] : (CrossImplementation[])[],
            ]
            : [
                new CrossConvolution(device, problem, isHopper: false),
                .. isHopper && CrossConvolution.HopperServes(device, problem) ? [new CrossConvolution(device, problem, isHopper)] : (CrossImplementation[])[],
            ];
    }

    public void Bind(CrossTensors tensors)
    {
        Dispose();
        // One by one: what was made is given back also where the next cannot be.
        foreach (var launch in Launches(tensors))
            _launches.Add(launch);
    }

    public void Run(ulong workspace)
    {
        foreach (var launch in _launches)
        {
            launch.Bind(workspace);
            launch.Run();
        }
    }

    public void Dispose()
    {
        foreach (var launch in _launches)
            launch.Dispose();
        _launches.Clear();
    }

    /// <summary>What is launched, in this order.</summary>
    protected abstract IEnumerable<CudaLaunch> Launches(CrossTensors tensors);

    /// <summary>A kernel on so many blocks.</summary>
    protected CudaLaunch Launch(string module, string entry, Dim3 grid, int threads, int sharedBytes, params KernelArgument[] arguments) =>
        new(Device.Driver, Device.Function(module, entry, (uint)sharedBytes), entry, Device.ComputeStream, grid, new Dim3((uint)threads), (uint)sharedBytes,
            arguments);

    /// <summary>A kernel that strides over items.</summary>
    protected CudaLaunch LaunchOver(string module, string entry, long items, params KernelArgument[] arguments) =>
        Launch(module, entry, new Dim3(ConvolutionTools.Blocks(Device, items)), ConvolutionTools.Threads, 0, arguments);
}
