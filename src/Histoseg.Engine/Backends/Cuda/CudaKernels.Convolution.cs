using Histoseg.Engine.Backends.Cuda.Convolution;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    /// <summary>A convolution by the implementation chosen for it.</summary>
    private Kernel Convolution(ConvolutionProblem problem, ConvolutionTensors tensors)
    {
        var table = _memory.Table<int>(TapTable.Of(problem.Geometry));
        IConvolution convolution = problem.Kind == ConvolutionKind.WeightGradient
            ? new OwnWeightGradient(_device, problem, OwnWeightGradient.Tiles(_device, problem).First(), table)
            : new OwnConvolution(_device, problem, OwnConvolution.Tiles(_device, problem).First(), table);
        _owned.Add(convolution);
        _memory.NeedWorkspace(convolution.WorkspaceBytes);
        convolution.Bind(tensors);
        return () => convolution.Run(_memory.Workspace);
    }
}
