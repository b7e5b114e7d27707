namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>A weight gradient by one of the engine's kernels: slices of the pixels side by side, then their sum in order. Needs no library.</summary>
internal abstract class SlicedGradient : IConvolution
{
    /// <summary>Bytes the slices' sums may take together.</summary>
    private const long MostWorkspace = 64L << 20;

    /// <summary>Steps of k a slice should have at least, so that filling the pipeline and adding the slices cost little.</summary>
    private const int FewestSteps = 16;

    private CudaLaunch? _multiply, _sum;

    /// <param name="device">The GPU.</param>
    /// <param name="problem">A weight gradient.</param>
    /// <param name="blocks">Blocks of one slice.</param>
    /// <param name="stepPixels">Pixels in a step.</param>
    /// <param name="atOnce">Blocks that a multiprocessor runs at a time.</param>
    protected SlicedGradient(CudaDevice device, ConvolutionProblem problem, long blocks, int stepPixels, int atOnce)
    {
        (Device, Problem) = (device, problem);
        Slices = SliceCount.Of(blocks, atOnce * device.Multiprocessors,
            Math.Min(problem.Target.Pixels / stepPixels / FewestSteps, MostWorkspace / (problem.Weight.Count * sizeof(float))));
    }

    public abstract string Name { get; }

    public virtual bool IsTrusted => false;

    public long WorkspaceBytes => Slices == 1 ? 0 : Slices * Problem.Weight.Count * sizeof(float);

    /// <summary>The GPU.</summary>
    protected CudaDevice Device { get; }

    /// <summary>The problem.</summary>
    protected ConvolutionProblem Problem { get; }

    /// <summary>How many slices.</summary>
    protected int Slices { get; }

    /// <summary>The launch that writes each slice's sums.</summary>
    /// <param name="tensors">The tensors.</param>
    /// <param name="sums">Where the sums go: the gradient itself where there is one slice.</param>
    protected abstract CudaLaunch Multiply(ConvolutionTensors tensors, KernelArgument sums);

    public void Bind(ConvolutionTensors tensors)
    {
        Dispose();
        _multiply = Multiply(tensors, Slices == 1 ? tensors.Weight : new Workspace(0));
        if (Slices > 1)
            _sum = ConvolutionTools.Over(Device, "conv_sum_slices", Problem.Weight.Count, new Workspace(0), tensors.Weight, Problem.Weight.Count, Slices);
    }

    public void Run(ulong workspace)
    {
        _multiply!.Bind(workspace);
        _multiply.Run();
        _sum?.Bind(workspace);
        _sum?.Run();
    }

    public void Dispose()
    {
        _multiply?.Dispose();
        _sum?.Dispose();
        (_multiply, _sum) = (null, null);
    }
}
