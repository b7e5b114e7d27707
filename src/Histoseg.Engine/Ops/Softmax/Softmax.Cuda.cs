using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    /// <summary>Up to this many classes a thread holds a whole pixel; beyond, a warp shares it.</summary>
    private const int ClassesPerThread = 8;

    /// <summary>Most classes a warp can share, as in <c>kernels/softmax.cuh</c>.</summary>
    private const int MostClasses = 256;

    public Kernel Softmax(Softmax op, Node node)
    {
        var (x, y) = (Tensor(node.Inputs[0]), Tensor(node.Outputs[0]));
        return LaunchOverClasses("softmax", $"softmax_{x.Suffix}_{y.Suffix}", x, node, x, y);
    }

    public Kernel SoftmaxGradient(SoftmaxGradient op, Node node)
    {
        var (dy, y, dx) = (Tensor(node.Inputs[0]), Tensor(node.Inputs[1]), Tensor(node.Outputs[0]));
        return LaunchOverClasses("softmax", $"softmax_gradient_{y.Suffix}_{dx.Suffix}", y, node, dy, y, dx);
    }

    /// <summary>Binds a kernel that strides over the pixels of <paramref name="x"/>, in the form made for its number of classes.</summary>
    private Kernel LaunchOverClasses(string module, string entry, CudaTensor x, Node node, params KernelArgument[] arguments)
    {
        var (pixels, classes) = (x.Shape.Pixels, x.Shape.C);
        return UsesWarps(classes, node)
            ? LaunchOver(module, $"{entry}_any", pixels * WarpSize, [.. arguments, pixels, classes])
            : LaunchOver(module, $"{entry}_{classes}", pixels, [.. arguments, pixels]);
    }

    private const int WarpSize = 32;

    /// <summary>Whether so many classes need a warp per pixel.</summary>
    private static bool UsesWarps(int classes, Node node) => classes <= MostClasses
        ? classes is < 2 or > ClassesPerThread
        : throw new EngineError($"{node}: {classes} classes; the GPU takes up to {MostClasses}, train with fewer, or on the processor")
        { Remedy = Remedy.UseProcessor };
}
