using Histoseg.Cuda;
using Histoseg.SoftwareCuda.Ptx;

namespace Histoseg.SoftwareCuda;

public sealed unsafe partial class SoftwareCudaDriver
{
    private const int SharedByDefault = 48 << 10;

    // CUDA programming guide, compute capabilities.
    private int SharedAtMost => Options.ComputeCapability switch { 80 or 87 => 163 << 10, >= 90 and < 120 => 227 << 10, _ => 99 << 10 };

    private int _launches;

    /// <inheritdoc/>
    public CudaStatus LaunchKernel(nint function, Dim3 grid, Dim3 block, uint sharedBytes, nint stream, void** parameters) => Call(nameof(LaunchKernel), () =>
    {
        if (!Handles.TryGet<FunctionState>(function, out var state))
            return BadHandle(nameof(LaunchKernel), function, "function");
        var kernel = state.Kernel;
        var name = $"kernel {kernel.Name}";
        if (grid.X is 0 or > int.MaxValue || grid.Y is 0 or > 65535 || grid.Z is 0 or > 65535)
            return Fault(CudaStatus.InvalidValue, $"{name}: a grid of ({grid.X}, {grid.Y}, {grid.Z}) blocks; at least 1 and at most (2^31 - 1, 65535, 65535)");
        if (block.X is 0 or > 1024 || block.Y is 0 or > 1024 || block.Z is 0 or > 64 || block.Count > MostThreads(kernel))
            return Fault(CudaStatus.InvalidValue,
                $"{name}: a block of ({block.X}, {block.Y}, {block.Z}) threads; the kernel takes at most {MostThreads(kernel)}");
        if (sharedBytes > Math.Max(0, state.MaxDynamicShared))
            return Fault(CudaStatus.InvalidValue, $"{name}: {sharedBytes} bytes of dynamic shared memory; FuncSetAttribute allows {state.MaxDynamicShared}");
        if (CopyParameters(kernel, parameters, out var values) is not CudaStatus.Success and var wrong)
            return wrong;
        Launching?.Invoke(kernel, grid, block, sharedBytes, values);
        return Enqueue(stream, new Work(name, [], run => run.Kernel(memory =>
            kernel.Run(grid, block, sharedBytes, values, memory, new RunOptions(Seed: unchecked(Options.Seed * 7919 + _launches++)))),
            5000 + (double)grid.Count * block.Count));
    });

    private CudaStatus CopyParameters(PtxKernel kernel, void** parameters, out byte[] values)
    {
        values = new byte[kernel.ParameterBytes];
        if (parameters is null && kernel.Parameters.Count > 0)
            return Fault(CudaStatus.InvalidValue, $"kernel {kernel.Name}: takes {kernel.Parameters.Count} parameters and was given none");
        for (var i = 0; i < kernel.Parameters.Count; i++)
        {
            var parameter = kernel.Parameters[i];
            if (parameters[i] is null)
                return Fault(CudaStatus.InvalidValue, $"kernel {kernel.Name}: no address was given for parameter {i}, {parameter.Name}");
            new ReadOnlySpan<byte>(parameters[i], parameter.Bytes).CopyTo(values.AsSpan(parameter.Offset));
        }
        return CudaStatus.Success;
    }
}
