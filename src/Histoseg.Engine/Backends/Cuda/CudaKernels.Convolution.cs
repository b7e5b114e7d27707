using Histoseg.Engine.Backends.Cuda.Convolution;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    /// <summary>A convolution by the implementation chosen for it.</summary>
    private Kernel Convolution(ConvolutionProblem problem, ConvolutionTensors tensors)
    {
        var convolution = _device.Convolutions.Choose(problem.On(_tape), _memory.Table<int>(TapTable.Of(problem.Geometry)));
        _owned.Add(convolution);
        _memory.NeedWorkspace(convolution.WorkspaceBytes);
        convolution.Bind(tensors);
        return () => convolution.Run(_memory.Workspace);
    }
}
