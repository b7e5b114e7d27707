using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Libraries;

public sealed unsafe partial class SoftwareCudnn
{
    /// <inheritdoc/>
    public CudnnStatus GetConvolutionForwardWorkspaceSize(nint handle, nint x, nint w, nint convolution, nint y, int algorithm, out nuint bytes) =>
        Size(nameof(GetConvolutionForwardWorkspaceSize), handle, x, w, convolution, y, algorithm,
            ConvolutionAlgorithms.Forward, ConvolutionAlgorithms.ForwardWorkspace, out bytes);

    /// <inheritdoc/>
    public CudnnStatus GetConvolutionBackwardDataWorkspaceSize(nint handle, nint w, nint dy, nint convolution, nint dx, int algorithm, out nuint bytes) =>
        Size(nameof(GetConvolutionBackwardDataWorkspaceSize), handle, dx, w, convolution, dy, algorithm, ConvolutionAlgorithms.BackwardData,
            ConvolutionAlgorithms.BackwardDataWorkspace, out bytes);

    /// <inheritdoc/>
    public CudnnStatus GetConvolutionBackwardFilterWorkspaceSize(nint handle, nint x, nint dy, nint convolution, nint dw, int algorithm, out nuint bytes) =>
        Size(nameof(GetConvolutionBackwardFilterWorkspaceSize), handle, x, dw, convolution, dy, algorithm, ConvolutionAlgorithms.BackwardFilter,
            ConvolutionAlgorithms.BackwardFilterWorkspace, out bytes);

    /// <inheritdoc/>
    public CudnnStatus ConvolutionForward(nint handle, float* alpha, nint xDescriptor, ulong x, nint wDescriptor, ulong w, nint convolution, int algorithm,
        ulong workspace, nuint workspaceBytes, float* beta, nint yDescriptor, ulong y)
    {
        return Call(nameof(ConvolutionForward), () => Convolve(
            nameof(ConvolutionForward), handle, alpha, beta, xDescriptor, wDescriptor, convolution, yDescriptor, algorithm,
            ConvolutionAlgorithms.Forward, ConvolutionAlgorithms.ForwardWorkspace, workspace, workspaceBytes, problem =>
                new ConvolutionRun(problem, problem.X.At(x), problem.W.At(w), problem.Y.At(y), ConvolutionLoops.Forward)));
    }

    /// <inheritdoc/>
    public CudnnStatus ConvolutionBackwardData(nint handle, float* alpha, nint wDescriptor, ulong w, nint dyDescriptor, ulong dy,
        nint convolution, int algorithm,
        ulong workspace, nuint workspaceBytes, float* beta, nint dxDescriptor, ulong dx)
    {
        return Call(nameof(ConvolutionBackwardData), () => Convolve(
            nameof(ConvolutionBackwardData), handle, alpha, beta, dxDescriptor, wDescriptor, convolution, dyDescriptor, algorithm,
            ConvolutionAlgorithms.BackwardData, ConvolutionAlgorithms.BackwardDataWorkspace, workspace, workspaceBytes, problem =>
                new ConvolutionRun(problem, problem.Y.At(dy), problem.W.At(w), problem.X.At(dx), ConvolutionLoops.BackwardData)));
    }

    /// <inheritdoc/>
    public CudnnStatus ConvolutionBackwardFilter(nint handle, float* alpha, nint xDescriptor, ulong x, nint dyDescriptor, ulong dy,
        nint convolution, int algorithm,
        ulong workspace, nuint workspaceBytes, float* beta, nint dwDescriptor, ulong dw)
    {
        return Call(nameof(ConvolutionBackwardFilter), () => Convolve(
            nameof(ConvolutionBackwardFilter), handle, alpha, beta, xDescriptor, dwDescriptor, convolution, dyDescriptor, algorithm,
            ConvolutionAlgorithms.BackwardFilter, ConvolutionAlgorithms.BackwardFilterWorkspace, workspace, workspaceBytes, problem =>
                new ConvolutionRun(problem, problem.X.At(x), problem.Y.At(dy), problem.W.At(dw), ConvolutionLoops.BackwardFilter)));
    }

    /// <inheritdoc/>
    public CudnnStatus ConvolutionBiasActivationForward(nint handle, float* alpha1, nint xDescriptor, ulong x, nint wDescriptor, ulong w, nint convolution,
        int algorithm, ulong workspace, nuint workspaceBytes, float* alpha2, nint zDescriptor, ulong z, nint biasDescriptor, ulong bias,
        nint activation, nint yDescriptor, ulong y)
    {
        const string call = nameof(ConvolutionBiasActivationForward);
        return Call(call, () =>
        {
            if (!_driver.Handles.TryGet<ActivationDescriptor>(activation, out var function) || !function.IsSet)
                return Bad($"{call}: {_driver.Handles.Describe(activation, "activation descriptor that is set")}");
            if (TensorAt(call, zDescriptor, out var zTensor) is not CudnnStatus.Success and var wrongZ)
                return wrongZ;
            if (TensorAt(call, biasDescriptor, out var biasTensor) is not CudnnStatus.Success and var wrongBias)
                return wrongBias;
            if (function.Mode == CudnnActivationMode.Identity && algorithm != 1)
                return CudnnStatus.NotSupported;
            return Convolve(call, handle, alpha1, alpha2, xDescriptor, wDescriptor, convolution, yDescriptor, algorithm,
                ConvolutionAlgorithms.Forward, ConvolutionAlgorithms.ForwardWorkspace, workspace, workspaceBytes, problem =>
                {
                    var run = new ConvolutionRun(problem, problem.X.At(x), problem.W.At(w), problem.Y.At(y), ConvolutionLoops.Forward);
                    if ((zTensor.N, zTensor.H, zTensor.W, zTensor.C, zTensor.Type) != (problem.Y.N, problem.Y.H, problem.Y.W, problem.Y.C, problem.Y.Type))
                        run.Wrong = $"z is {zTensor}, y is {problem.Y}";
                    if ((biasTensor.N, biasTensor.H, biasTensor.W, biasTensor.C, biasTensor.Type) != (1, 1, 1, problem.Y.C, problem.Y.Type))
                        run.Wrong = $"the bias is {biasTensor}, y is {problem.Y}";
                    run.Fuse(new DeviceTensor(zTensor).At(z), new DeviceTensor(biasTensor).At(bias), (function.Mode, function.Nan));
                    return run;
                });
        });
    }

    private CudnnStatus Size(string call, nint handle, nint x, nint w, nint convolution, nint y, int algorithm, int algorithms,
        Func<ConvolutionShape, int, bool, long?> workspace, out nuint bytes)
    {
        nuint needed = 0;
        var status = Call(call, () =>
        {
            if (ProblemOf(call, handle, x, w, convolution, y, algorithm, algorithms, out var problem) is not CudnnStatus.Success and var wrong)
                return wrong;
            var found = workspace(problem.Shape, algorithm, problem.BFloat16);
            needed = (nuint)(found ?? 0);
            return found is null ? CudnnStatus.NotSupported : CudnnStatus.Success;
        });
        bytes = needed;
        return status;
    }

    private CudnnStatus Convolve(string call, nint handle, float* alpha, float* beta, nint x, nint w, nint convolution, nint y, int algorithm, int algorithms,
        Func<ConvolutionShape, int, bool, long?> workspaceNeed, ulong workspace, nuint workspaceBytes, Func<ConvolutionProblem, ConvolutionRun> make)
    {
        if (alpha is null || beta is null)
            return Bad($"{call}: alpha or beta is missing");
        if (ProblemOf(call, handle, x, w, convolution, y, algorithm, algorithms, out var problem) is not CudnnStatus.Success and var wrong)
            return wrong;
        if (workspaceNeed(problem.Shape, algorithm, problem.BFloat16) is not { } needed)
            return CudnnStatus.NotSupported;
        if ((ulong)needed > workspaceBytes)
            return Bad($"{call}: algorithm {algorithm} needs {needed} bytes of workspace and was given {workspaceBytes}");
        var run = make(problem);
        if (run.Finish(*alpha, *beta, workspace, (ulong)needed) is { } complaint)
            return Bad($"{call}: {complaint}");
        _driver.Handles.TryGet<CudnnHandle>(handle, out var state);
        var work = new Work($"{call} with algorithm {algorithm}", run.Accesses, run.Execute, ConvolutionAlgorithms.Nanoseconds(problem.Shape, algorithm));
        return _driver.EnqueueLibraryWork(state.Stream, work) switch
        {
            CudaStatus.Success => CudnnStatus.Success,
            CudaStatus.InvalidValue => CudnnStatus.BadParam,
            _ => CudnnStatus.ExecutionFailed,
        };
    }

    private CudnnStatus TensorAt(string call, nint descriptor, out TensorDescriptor tensor) =>
        !_driver.Handles.TryGet(descriptor, out tensor) ? Bad($"{call}: {_driver.Handles.Describe(descriptor, Tensor)}")
        : tensor.IsSet ? CudnnStatus.Success : Bad($"{call}: a tensor descriptor was never set");

    /// <summary>Brings the descriptors together: x and y as in the forward direction.</summary>
    private CudnnStatus ProblemOf(string call, nint handle, nint x, nint w, nint convolution, nint y, int algorithm, int algorithms,
        out ConvolutionProblem problem)
    {
        problem = null!;
        if (!_driver.Handles.TryGet<CudnnHandle>(handle, out _))
            return Bad($"{call}: {_driver.Handles.Describe(handle, "cuDNN handle")}");
        if (TensorAt(call, x, out var xTensor) is not CudnnStatus.Success and var wrongX)
            return wrongX;
        if (TensorAt(call, y, out var yTensor) is not CudnnStatus.Success and var wrongY)
            return wrongY;
        if (!_driver.Handles.TryGet<FilterDescriptor>(w, out var filter))
            return Bad($"{call}: {_driver.Handles.Describe(w, Filter)}");
        if (!_driver.Handles.TryGet<ConvolutionDescriptor>(convolution, out var steps))
            return Bad($"{call}: {_driver.Handles.Describe(convolution, Convolution)}");
        if (!filter.Tensor.IsSet || !steps.IsSet)
            return Bad($"{call}: the {(steps.IsSet ? Filter : Convolution)} was never set");
        if (algorithm < 0 || algorithm >= algorithms)
            return Bad($"{call}: there is no algorithm {algorithm}");
        if (ConvolutionProblem.Mismatch(xTensor, filter.Tensor, steps, yTensor) is { } mismatch)
            return Bad($"{call}: {mismatch}");
        problem = new ConvolutionProblem(xTensor, filter.Tensor, steps, yTensor);
        return problem.IsSupported ? CudnnStatus.Success : CudnnStatus.NotSupported;
    }
}
