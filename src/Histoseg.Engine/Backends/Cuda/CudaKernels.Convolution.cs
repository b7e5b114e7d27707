using Histoseg.Engine.Backends.Cuda.Convolution;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    /// <summary>A convolution by the implementation chosen for it.</summary>
    private Kernel Convolution(ConvolutionProblem problem, ConvolutionTensors tensors) =>
        Bound(_device.Convolutions.Choose(problem.On(_tape), _memory.Table<int>(TapTable.Of(problem.Geometry))), tensors);

    private Kernel Bound<TTensors>(IImplementation<TTensors> implementation, TTensors tensors)
    {
        _owned.Add(implementation);
        _memory.NeedWorkspace(implementation.WorkspaceBytes);
        implementation.Bind(tensors);
        return () => implementation.Run(_memory.Workspace);
    }
}
