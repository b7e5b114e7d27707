using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>
/// Tries implementations of one problem on memory of its own, filled with numbers that look random: whether they agree with
/// the first, and how long they take.
/// </summary>
internal sealed class ConvolutionTrial : IDisposable
{
    private const int Samples = 3;

    // Runs per sample, as many as fill this time: a single short one would be told by how fast the host launches it.
    private const double SampleMilliseconds = 0.2;
    private const int MostRuns = 5;

    // What takes this long is told by one sample: how it is launched and what else happens no longer matter.
    private const double LongMilliseconds = 10;

    // An implementation so much slower than the fastest is not measured closer.
    private const double Hopeless = 3;

    private readonly CudaDevice _device;
    private readonly ConvolutionProblem _problem;
    private readonly List<ulong> _memory = [];
    private readonly ConvolutionTensors _tensors;
    private readonly CudaTensor _result, _expected, _largest;
    private readonly ulong _workspace;
    private readonly PinnedBuffer _errors;

    /// <exception cref="CudaException">Among others: there is not enough memory.</exception>
    public ConvolutionTrial(CudaDevice device, ConvolutionProblem problem, long workspaceBytes)
    {
        (_device, _problem) = (device, problem);
        try
        {
            var isGradient = problem.Kind == ConvolutionKind.WeightGradient;
            var source = Random(new(0, problem.Source, problem.Element), 1);
            var weight = isGradient ? Blank(new(0, problem.Weight, CudaElement.Float32)) : Random(new(0, problem.Weight, problem.Element), 2);
            var target = isGradient ? Random(new(0, problem.Target, problem.Element), 2) : Blank(new(0, problem.Target, problem.Element));
            _result = isGradient ? weight : target;
            _expected = Blank(_result);
            _tensors = new(source.Address, weight.Address, target.Address,
                problem.HasBias ? Random(new(0, Tensors.Shape.Vector(problem.Target.C), CudaElement.Float32), 3).Address : 0,
                problem.HasResidual ? Random(target, 4).Address : 0);
            _workspace = Allocate(workspaceBytes);
            _largest = Blank(new(0, Tensors.Shape.Vector(2 * (int)ConvolutionTools.Blocks(device, _result.Count)), CudaElement.Float32));
            _errors = new(device, checked((int)_largest.Bytes));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Largest difference from the first implementation's result that another may show, as a share of the largest result.</summary>
    /// <remarks>
    /// bfloat16: both round their sums to 8 bits, and a library's bias or weight gradient once more. tf32: libraries may cut operands to 10 bits
    /// where the own kernels round. float32: sums in another order, or transformed ones; too tight for products in tf32.
    /// </remarks>
    public static double Tolerance(Precision precision) => precision switch
    {
        Precision.Bf16 => 1.0 / 64,
        Precision.Tf32 => 1.0 / 256,
        _ => 1.0 / 16384,
    };

    /// <summary>Runs the implementation that is trusted and keeps what it gives.</summary>
    public void Expect(IConvolution trusted)
    {
        RunOnce(trusted);
        _device.Driver.MemcpyDtoDAsync(_expected.Address, _result.Address, (nuint)_result.Bytes, _device.ComputeStream).Check("cuMemcpyDtoDAsync");
    }

    /// <summary>
    /// The time of a run in milliseconds, the median of a few samples unless it is long, replayed from a graph as it will be; null if the implementation
    /// fails, cannot be captured, or gives another result than was expected.
    /// </summary>
    /// <param name="candidate">The implementation.</param>
    /// <param name="fastest">The least time so far.</param>
    public double? Measure(IConvolution candidate, double fastest = double.PositiveInfinity)
    {
        try
        {
            if (!(Error(candidate) <= Tolerance(_problem.Precision)))
                return null;
            var first = Time(() => candidate.Run(_workspace));
            if (first > Math.Max(Hopeless * fastest, SampleMilliseconds))
                return first;
            var runs = (int)Math.Clamp(SampleMilliseconds / first, 1, MostRuns);
            using var graph = CudaGraph.Capture(_device, () =>
            {
                for (var i = 0; i < runs; i++)
                    candidate.Run(_workspace);
            });
            var times = new double[first < LongMilliseconds ? Samples : 1];
            for (var i = 0; i < times.Length; i++)
                times[i] = Time(graph.Launch) / runs;
            Array.Sort(times);
            return times[times.Length / 2];
        }
        catch (GpuException e) when (e is not CudaException cuda || !cuda.Status.IsSticky())
        {
            return null;
        }
    }

    /// <summary>
    /// The largest difference of an implementation's result from what was expected, as a share of the largest result; NaN
    /// where it left something unwritten.
    /// </summary>
    /// <exception cref="CudnnException">cuDNN refuses.</exception>
    /// <exception cref="CublasException">cuBLASLt refuses.</exception>
    public double Error(IConvolution candidate)
    {
        RunOnce(candidate);
        return Difference();
    }

    private void RunOnce(IConvolution candidate)
    {
        // What a candidate does not write stays NaN, which agrees with nothing.
        _device.Driver.MemsetD8Async(_result.Address, 0xFF, (nuint)_result.Bytes, _device.ComputeStream).Check("cuMemsetD8Async");
        candidate.Bind(_tensors);
        candidate.Run(_workspace);
    }

    private double Time(Action work)
    {
        using var timers = new CudaTimers(_device, 1);
        timers.Mark();
        work();
        timers.Mark();
        Span<double> seconds = [0];
        timers.Read(seconds);
        return 1e3 * seconds[0];
    }

    private double Difference()
    {
        using (var compare = ConvolutionTools.Over(_device, $"conv_compare_{_result.Suffix}", _result.Count, _result, _expected, _largest, _result.Count))
            compare.Run();
        _device.Driver.MemcpyDtoHAsync(_errors.Address, _largest.Address, (nuint)_largest.Bytes, _device.ComputeStream).Check("cuMemcpyDtoHAsync");
        _device.Driver.StreamSynchronize(_device.ComputeStream).Check("cuStreamSynchronize");
        var (error, size) = (0.0f, 0.0f);
        for (var pairs = _errors.As<float>(); pairs.Length > 0; pairs = pairs[2..])
            (error, size) = (Math.Max(error, pairs[0]), Math.Max(size, pairs[1]));
        return error / size;
    }

    private CudaTensor Blank(CudaTensor tensor) => tensor with { Address = Allocate(tensor.Bytes) };

    private CudaTensor Random(CudaTensor like, int seed)
    {
        var tensor = Blank(like);
        using var fill = ConvolutionTools.Over(_device, $"conv_random_{tensor.Suffix}", tensor.Count, tensor, tensor.Count, seed);
        fill.Run();
        return tensor;
    }

    private ulong Allocate(long bytes)
    {
        _device.Driver.MemAlloc(out var address, (nuint)Math.Max(1, bytes)).Check($"cuMemAlloc {bytes}");
        _memory.Add(address);
        return address;
    }

    public void Dispose()
    {
        _device.Driver.StreamSynchronize(_device.ComputeStream);
        foreach (var address in _memory)
            _device.Driver.MemFree(address);
        _errors?.Dispose();
    }
}
