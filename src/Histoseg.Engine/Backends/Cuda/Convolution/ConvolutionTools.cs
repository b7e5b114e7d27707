using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>Launches of <c>kernels/conv_tools.cu</c>.</summary>
internal static class ConvolutionTools
{
    /// <summary>Threads of a block of a kernel that strides over items.</summary>
    public const int Threads = 256;

    private const int BlocksPerMultiprocessor = 32;

    /// <summary>A kernel that strides over <paramref name="items"/> items.</summary>
    public static CudaLaunch Over(CudaDevice device, string entry, long items, params KernelArgument[] arguments) =>
        new(device.Driver, device.Function("conv_tools", entry), entry, device.ComputeStream, new Dim3(Blocks(device, items)), new Dim3(Threads), 0, arguments);

    /// <summary>The blocks of such a launch.</summary>
    public static uint Blocks(CudaDevice device, long items) =>
        (uint)Math.Clamp((items + Threads - 1) / Threads, 1, (long)BlocksPerMultiprocessor * device.Multiprocessors);
}
