using System.Runtime.InteropServices;
using Histoseg.Cuda;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.SoftwareCuda.Libraries;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

/// <summary>A software GPU with cuDNN and cuBLASLt on which single implementations of convolutions run.</summary>
internal sealed class ConvolutionBench : IDisposable
{
    private readonly List<ulong> _memory = [];

    public ConvolutionBench(bool withLibraries = true, string? tuningFile = null, SoftwareCudaOptions? options = null)
    {
        Driver = new SoftwareCudaDriver(options);
        (Cudnn, CublasLt) = (new SoftwareCudnn(Driver), new SoftwareCublasLt(Driver));
        Device = withLibraries
            ? CudaDevice.Open(Driver, 0, Cudnn, CublasLt, tuningFile)
            : CudaDevice.Open(Driver, tuningFile: tuningFile);
        Driver.Launching += (kernel, _, _, _, _) => Launched.Add(kernel.Name);
    }

    public SoftwareCudaDriver Driver { get; }

    public SoftwareCudnn Cudnn { get; }

    public SoftwareCublasLt CublasLt { get; }

    public CudaDevice Device { get; }

    /// <summary>Names of the kernels launched so far.</summary>
    public List<string> Launched { get; } = [];

    public ulong Table(ConvolutionProblem problem) => Upload<int>(TapTable.Of(problem.Geometry));

    public IReadOnlyList<IConvolution> Candidates(ConvolutionProblem problem) => Device.Convolutions.Candidates(problem, Table(problem));

    /// <summary>What an implementation computes, from memory that ends where the tensors end.</summary>
    public float[] Run(IConvolution convolution, ConvolutionProblem problem, ConvolutionNumbers numbers)
    {
        var isGradient = problem.Kind == ConvolutionKind.WeightGradient;
        var result = isGradient ? problem.Weight : problem.Target;
        var element = isGradient ? CudaElement.Float32 : problem.Element;
        var output = Allocate((int)result.Count * CudaTensor.BytesOf(element));
        var (first, second) = (Upload(numbers.First, problem.Element), Upload(numbers.Second, problem.Element));
        convolution.Bind(new(first, isGradient ? output : second, isGradient ? second : output,
            numbers.Bias is null ? 0 : Upload(numbers.Bias, CudaElement.Float32), numbers.Residual is null ? 0 : Upload(numbers.Residual, problem.Element)));
        convolution.Run(Allocate((int)convolution.WorkspaceBytes));
        return Download(output, (int)result.Count, element);
    }

    /// <summary>Frees what <see cref="Run"/> and <see cref="Table"/> took.</summary>
    public void Clear()
    {
        Device.Driver.StreamSynchronize(Device.ComputeStream).Check("cuStreamSynchronize");
        foreach (var address in _memory)
            Driver.MemFree(address);
        _memory.Clear();
    }

    private ulong Allocate(int bytes)
    {
        Driver.MemAlloc(out var address, (nuint)Math.Max(1, bytes)).Check("cuMemAlloc");
        _memory.Add(address);
        return address;
    }

    private ulong Upload(float[] numbers, CudaElement element)
    {
        if (element != CudaElement.BFloat16)
            return Upload<float>(numbers);
        var halves = new ushort[numbers.Length];
        BFloat16Numbers.FromSingle(numbers, halves);
        return Upload<ushort>(halves);
    }

    private ulong Upload<T>(ReadOnlySpan<T> entries) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(entries);
        var address = Allocate(bytes.Length);
        using var staging = new PinnedBuffer(Device, bytes.Length);
        bytes.CopyTo(staging.Bytes);
        Driver.MemcpyHtoDAsync(address, staging.Address, (nuint)bytes.Length, Device.ComputeStream).Check("cuMemcpyHtoDAsync");
        Driver.StreamSynchronize(Device.ComputeStream).Check("cuStreamSynchronize");
        return address;
    }

    private float[] Download(ulong address, int count, CudaElement element)
    {
        var bytes = count * CudaTensor.BytesOf(element);
        using var staging = new PinnedBuffer(Device, bytes);
        Driver.MemcpyDtoHAsync(staging.Address, address, (nuint)bytes, Device.ComputeStream).Check("cuMemcpyDtoHAsync");
        Driver.StreamSynchronize(Device.ComputeStream).Check("cuStreamSynchronize");
        var numbers = new float[count];
        if (element == CudaElement.BFloat16)
            BFloat16Numbers.ToSingle(staging.As<ushort>(), numbers);
        else
            staging.As<float>().CopyTo(numbers);
        return numbers;
    }

    public void Dispose()
    {
        Clear();
        Device.Dispose();
        Driver.AssertNothingLeaked();
        Driver.Dispose();
    }
}
