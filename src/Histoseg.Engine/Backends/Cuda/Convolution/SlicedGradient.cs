namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>What weight gradients by own kernels have in common: pixels are cut into slices side by side, whose sums are added in order.</summary>
internal static class SlicedGradient
{
    /// <summary>Bytes the slices' sums may take together.</summary>
    private const long MostWorkspace = 64L << 20;

    /// <summary>Steps of k a slice should have at least, so that filling the pipeline and adding the slices cost little.</summary>
    private const int FewestSteps = 16;

    /// <summary>How many slices.</summary>
    /// <param name="device">The GPU.</param>
    /// <param name="problem">A weight gradient.</param>
    /// <param name="blocks">Blocks of one slice.</param>
    /// <param name="stepPixels">Pixels in a step.</param>
    /// <param name="atOnce">Blocks that a multiprocessor runs at a time.</param>
    public static int Slices(CudaDevice device, ConvolutionProblem problem, long blocks, int stepPixels, int atOnce = SliceCount.AtOnce) =>
        SliceCount.Of(blocks, atOnce * device.Multiprocessors,
            Math.Min(problem.Target.Pixels / stepPixels / FewestSteps, MostWorkspace / (problem.Weight.Count * sizeof(float))));

    public static long WorkspaceBytes(ConvolutionProblem problem, int slices) => slices == 1 ? 0 : slices * problem.Weight.Count * sizeof(float);

    /// <summary>Where the slices' sums go.</summary>
    public static KernelArgument Sums(ConvolutionTensors tensors, int slices) => slices == 1 ? tensors.Weight : new Workspace(0);

    /// <summary>What adds them; null where one slice has written the gradient itself.</summary>
    public static CudaLaunch? Sum(CudaDevice device, ConvolutionProblem problem, ConvolutionTensors tensors, int slices) => slices == 1 ? null
        : ConvolutionTools.Over(device, "conv_sum_slices", problem.Weight.Count, new Workspace(0), tensors.Weight, problem.Weight.Count, slices);
}
