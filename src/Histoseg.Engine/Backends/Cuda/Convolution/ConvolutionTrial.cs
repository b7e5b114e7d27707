using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>
/// Tries implementations of one problem on memory of its own, filled with numbers that look random: whether they agree with
/// the first, and how long they take.
/// </summary>
/// <typeparam name="TTensors">Device addresses of the problem's tensors.</typeparam>
internal sealed class ConvolutionTrial<TTensors> : IDisposable
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
    private readonly double _tolerance;
    private readonly TrialMemory _memory;
    private readonly TTensors _tensors;
    private readonly List<Part> _parts = [];
    private readonly ulong _workspace;

    /// <summary>One of the tensors that are written: as it comes out, as it is expected, and the largest differences and numbers that blocks found.</summary>
    private readonly record struct Part(CudaTensor Result, CudaTensor Expected, CudaTensor Largest, PinnedBuffer Found);

    /// <exception cref="CudaException">Among others: there is not enough memory.</exception>
    public ConvolutionTrial(CudaDevice device, IProblem<TTensors> problem, long workspaceBytes)
    {
        (_device, _tolerance, _memory) = (device, problem.Tolerance, new(device));
        try
        {
            _tensors = problem.In(_memory);
            foreach (var result in _memory.Results)
            {
                var largest = _memory.Blank(Tensors.Shape.Vector(2 * (int)ConvolutionTools.Blocks(device, result.Count)), CudaElement.Float32);
                _parts.Add(new(result, _memory.Blank(result.Shape, result.Element), largest, new(device, checked((int)largest.Bytes))));
            }
            _workspace = _memory.Allocate(workspaceBytes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Runs the implementation that is trusted and keeps what it gives.</summary>
    public void Expect(IImplementation<TTensors> trusted)
    {
        RunOnce(trusted);
        foreach (var (result, expected, _, _) in _parts)
            _device.Driver.MemcpyDtoDAsync(expected.Address, result.Address, (nuint)result.Bytes, _device.ComputeStream).Check("cuMemcpyDtoDAsync");
    }

    /// <summary>
    /// The time of a run in milliseconds, the median of a few samples unless it is long, replayed from a graph as it will be; null if the implementation
    /// fails, cannot be captured, or gives another result than was expected.
    /// </summary>
    /// <param name="candidate">The implementation.</param>
    /// <param name="fastest">The least time so far.</param>
    public double? Measure(IImplementation<TTensors> candidate, double fastest = double.PositiveInfinity)
    {
        try
        {
            if (!(Error(candidate) <= _tolerance))
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
    /// The largest difference of an implementation's result from what was expected, as a share of the largest result; infinite
    /// where it left something unwritten.
    /// </summary>
    /// <exception cref="CudnnException">cuDNN refuses.</exception>
    /// <exception cref="CublasException">cuBLASLt refuses.</exception>
    public double Error(IImplementation<TTensors> candidate)
    {
        RunOnce(candidate);
        // NaN stays NaN.
        return _parts.Select(Difference).Aggregate(0.0, Math.Max);
    }

    private void RunOnce(IImplementation<TTensors> candidate)
    {
        // What a candidate does not write stays NaN, which agrees with nothing.
        foreach (var part in _parts)
            _device.Driver.MemsetD8Async(part.Result.Address, 0xFF, (nuint)part.Result.Bytes, _device.ComputeStream).Check("cuMemsetD8Async");
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

    private double Difference(Part part)
    {
        var (result, expected, largest, found) = part;
        using (var compare = ConvolutionTools.Over(_device, $"conv_compare_{result.Suffix}", result.Count, result, expected, largest, result.Count))
            compare.Run();
        _device.Driver.MemcpyDtoHAsync(found.Address, largest.Address, (nuint)largest.Bytes, _device.ComputeStream).Check("cuMemcpyDtoHAsync");
        _device.Driver.StreamSynchronize(_device.ComputeStream).Check("cuStreamSynchronize");
        var (error, size) = (0.0f, 0.0f);
        for (var pairs = found.As<float>(); pairs.Length > 0; pairs = pairs[2..])
            (error, size) = (Math.Max(error, pairs[0]), Math.Max(size, pairs[1]));
        return error / size;
    }

    public void Dispose()
    {
        _device.Driver.StreamSynchronize(_device.ComputeStream);
        _memory.Dispose();
        foreach (var part in _parts)
            part.Found.Dispose();
    }
}
