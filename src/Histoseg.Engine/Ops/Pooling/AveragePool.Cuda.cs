using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel AveragePool(AveragePool op, Node node) =>
        WindowSums("pooling", "average_pool", Tensor(node.Inputs[0]), Tensor(node.Outputs[0]), MeanWindows(op.Rows), MeanWindows(op.Columns));

    public Kernel AveragePoolGradient(AveragePoolGradient op, Node node) =>
        PoolGradient("pooling", "average_pool_gradient", [new(Tensor(node.Inputs[0]), op.Rows, op.Columns)], Tensor(node.Outputs[0]));

    private static WeightedWindow[] MeanWindows(PoolWindows windows)
    {
        var result = new WeightedWindow[windows.Output];
        for (var i = 0; i < result.Length; i++)
        {
            var length = windows.Past(i) - windows.First(i);
            var weights = new float[length];
            Array.Fill(weights, 1f / length);
            result[i] = new(windows.First(i), weights);
        }
        return result;
    }
}
