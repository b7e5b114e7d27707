using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>
/// A tape compiled for a GPU. The first run of a range of nodes launches its kernels one by one; later runs replay them as a CUDA graph. Running does
/// not wait for the GPU; reading does.
/// </summary>
/// <remarks>Every member throws <see cref="GpuException"/> where the GPU fails, which may be at a later call than the one whose work failed.</remarks>
internal sealed class CudaProgram : Program<float>
{
    private readonly CudaDevice _device;
    private readonly CudaMemory _memory;
    private readonly CudaKernels _kernels;
    private readonly CudaTransfers _transfers;
    private readonly Kernel[] _nodes = [];
    private readonly Dictionary<Value, Kernel> _refreshCopy = [];
    private readonly Dictionary<(int First, int Past), CudaGraph?> _graphs = [];
    private readonly string[] _names = [];
    private bool _disposed;

    internal CudaProgram(CudaDevice device, Tape tape, Precision precision)
        : base(tape, PlannedMemory.PlanOnGpu(tape, precision))
    {
        device.MakeCurrent();
        _device = device;
        _memory = new CudaMemory(device, Plan, precision);
        _kernels = new CudaKernels(device, _memory, tape, precision);
        _transfers = new CudaTransfers(device, _memory);
        try
        {
            _nodes = [.. tape.Nodes.Select(node => node.Op.Compile(_kernels, node))];
            _names = [.. tape.Nodes.Select(node => node.ToString())];
            foreach (var parameter in tape.Parameters)
                if (_memory.CopyOf(parameter) is { } copy && _memory.Stored(parameter) != copy)
                    _refreshCopy[parameter] = _kernels.Narrow(_memory[parameter], copy);
            _memory.AllocateWorkspace();
            _kernels.BindWorkspace();
            device.Driver.StreamSynchronize(device.ComputeStream).Check("cuStreamSynchronize");
        }
        catch
        {
            Dispose(disposing: true);
            throw;
        }
    }

    /// <summary>The GPU it runs on.</summary>
    internal CudaDevice Device => _device;

    /// <summary>The memory of an input or a kept value, for kernels that fill it or go on with it outside the tape.</summary>
    internal CudaTensor TensorOf(Value value) => _memory[value];

    /// <inheritdoc/>
    public override long WorkspaceBytes => _memory.WorkspaceBytes;

    /// <inheritdoc/>
    public override void Write(Value value, ReadOnlySpan<float> numbers)
    {
        RequireWritable(value, value.Type.IsFloat(), numbers.Length);
        Send(value, numbers);
    }

    /// <inheritdoc/>
    public override void Write(Value value, ReadOnlySpan<int> integers)
    {
        RequireWritable(value, value.Type == ElementType.Int32, integers.Length);
        Send(value, integers);
    }

    /// <inheritdoc/>
    public override void Write(Value value, ReadOnlySpan<byte> bytes)
    {
        RequireWritable(value, value.Type == ElementType.UInt8, bytes.Length);
        Send(value, bytes);
    }

    private void Send<T>(Value value, ReadOnlySpan<T> numbers) where T : unmanaged
    {
        _device.MakeCurrent();
        _transfers.Write(value, numbers);
        if (_refreshCopy.TryGetValue(value, out var refresh))
            refresh();
    }

    /// <inheritdoc/>
    public override void Read(Value value, Span<float> numbers)
    {
        RequireReadable(value, numbers.Length);
        Fetch(value, numbers);
    }

    private void Fetch(Value value, Span<float> numbers)
    {
        _device.MakeCurrent();
        _transfers.TakeInputs();
        _transfers.Read(_memory.Stored(value), numbers);
    }

    /// <inheritdoc/>
    public override void Run(int first, int past)
    {
        _device.MakeCurrent();
        _transfers.TakeInputs();
        // Once by hand, so that whatever a kernel does for the first time is done outside a capture.
        if (!_graphs.TryGetValue((first, past), out var graph))
        {
            _graphs[(first, past)] = null;
            LaunchNodes(first, past);
            return;
        }
        graph ??= _graphs[(first, past)] = CudaGraph.Capture(_device, () => LaunchNodes(first, past));
        graph.Launch();
    }

    private void LaunchNodes(int first, int past, CudaTimers? timers = null)
    {
        for (var i = first; i < past; i++)
        {
            using (Nvtx.Range(_names[i]))
                _nodes[i]();
            timers?.Mark();
        }
    }

    /// <inheritdoc/>
    public override double Time()
    {
        _device.MakeCurrent();
        using var timers = new CudaTimers(_device, 1);
        timers.Mark();
        Run();
        timers.Mark();
        Span<double> seconds = [0];
        timers.Read(seconds);
        return seconds[0];
    }

    /// <inheritdoc/>
    public override void Time(Span<double> seconds)
    {
        RequireNodes(seconds);
        _device.MakeCurrent();
        _transfers.TakeInputs();
        // All at once, so that the device does not wait for the host between two marks.
        using var timers = new CudaTimers(_device, seconds.Length);
        timers.Mark();
        LaunchNodes(0, seconds.Length, timers);
        timers.Read(seconds);
    }

    /// <inheritdoc/>
    public override void JoinRanks() => _device.Ranks?.Join();

    /// <inheritdoc/>
    public override Readback<float> CreateReadback(Value[] values, int capacity)
    {
        _device.MakeCurrent();
        return new CudaReadback(_device, [.. values.Select(v => _memory[v])], capacity);
    }

    /// <inheritdoc/>
    public override Blender CreateBlender(Value probabilities, BlendLayout layout) => new CudaBlender(this, probabilities, layout);

    /// <inheritdoc/>
    public override PatchInput CreatePatchInput(Value input, BlockLayout layout) =>
        CudaPatchInput.TryCreate(this, input, layout) is { } there ? there : new SentPatchInput(this, input);

    /// <inheritdoc/>
    public override bool IsFinite(Value value)
    {
        var numbers = new float[checked((int)value.Shape.Count)];
        Fetch(value, numbers);
        return Array.TrueForAll(numbers, float.IsFinite);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        _disposed = true;
        _device.MakeCurrentToFree();
        _device.Driver.StreamSynchronize(_device.ComputeStream);
        _device.Driver.StreamSynchronize(_device.CopyStream);
        foreach (var graph in _graphs.Values)
            graph?.Dispose();
        _transfers.Dispose();
        _kernels.Dispose();
        _memory.Dispose();
    }
}
