using System.Runtime.InteropServices;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cpu;

/// <summary>
/// The arena, the persistent tensors and the shared scratch of one compiled program, in unmanaged memory; or, to count it, the same without a byte behind it.
/// </summary>
internal sealed unsafe class CpuMemory : IDisposable
{
    private readonly Dictionary<Value, nint> _addresses = [];
    private readonly List<nint> _owned = [];
    private readonly HashSet<Value> _updated;
    private readonly bool _isCounted;
    private nint _scratch;
    private long _keptBytes;

    /// <param name="plan">What there is to be.</param>
    /// <param name="isCounted">Whether kernels are only asked what they need: none may run.</param>
    public CpuMemory(MemoryPlan plan, bool isCounted = false)
    {
        (_isCounted, Tape) = (isCounted, plan.Tape);
        if (!isCounted)
            RequireRoom(plan);
        _updated = [.. plan.Tape.Nodes.SelectMany(node => node.Op.UpdatedInputs.Select(i => node.Inputs[i]))];
        var arena = Allocate(plan.ArenaBytes);
        foreach (var placement in plan.Placements)
            _addresses[placement.Value] = arena + (nint)placement.Offset;
        foreach (var value in plan.Tape.Values.Where(v => v.Kind != ValueKind.Intermediate))
            _addresses[value] = Allocate(plan.BytesOf(value));
        // Fresh memory is poisoned: an operation that reads what nobody wrote gives NaN, which is found, not zero, which is not.
        if (!isCounted)
            NativeMemory.Fill((void*)arena, (nuint)plan.ArenaBytes, 0xFF);
    }

    /// <summary>Says so beforehand when the plan does not fit: an operating system that overcommits would kill the program instead.</summary>
    private static void RequireRoom(MemoryPlan plan)
    {
        if (plan.Tape.Values.FirstOrDefault(v => v.Shape.Count > int.MaxValue) is { } huge)
            throw new EngineError($"{huge.Name}: a tensor of {huge.Shape} has more than {int.MaxValue} elements; use a smaller batch, patch or width");
        var (needed, available) = (plan.ArenaBytes + plan.PersistentBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        if (needed > available)
            throw new DeviceMemoryError(needed, available, "this machine");
    }

    /// <summary>The tape the memory is for.</summary>
    public Tape Tape { get; }

    public long ScratchBytes { get; private set; }

    /// <summary>Scratch, and what kernels keep between runs.</summary>
    public long WorkspaceBytes => ScratchBytes + _keptBytes;

    /// <summary>Grows whenever somebody outside the tape may have changed parameters: what kernels keep of them is out of date then.</summary>
    public int ParameterVersion { get; private set; }

    /// <summary>Tells that parameters may change.</summary>
    public void ParametersChange() => ParameterVersion++;

    /// <summary>Whether no run changes a value: a parameter that no node updates.</summary>
    public bool IsConstant(Value value) => value.Kind == ValueKind.Parameter && !_updated.Contains(value);

    /// <summary>Memory that a kernel keeps between runs.</summary>
    public nint Keep(long bytes)
    {
        _keptBytes += bytes;
        return Allocate(bytes);
    }

    public nint Address(Value value) => _addresses[value];

    /// <summary>Announces that a kernel needs this much scratch while it runs; kernels share one piece.</summary>
    public void NeedScratch(long bytes) => ScratchBytes = Math.Max(ScratchBytes, bytes);

    /// <summary>The scratch, there once all kernels are compiled.</summary>
    public nint Scratch => _scratch;

    public void AllocateScratch() => _scratch = Allocate(ScratchBytes);

    private nint Allocate(long bytes)
    {
        // Some address, which is not null: that stands for what is not there.
        if (_isCounted)
            return MemoryPlan.Alignment;
        var rounded = (nuint)Math.Max(MemoryPlan.Alignment, bytes);
        nint address;
        try
        {
            address = (nint)NativeMemory.AlignedAlloc(rounded, MemoryPlan.Alignment);
        }
        catch (OutOfMemoryException e)
        {
            throw new EngineError($"not enough memory: {bytes / 1048576.0:F0} MiB wanted; use a smaller batch, patch or width", e);
        }
        NativeMemory.Clear((void*)address, rounded);
        _owned.Add(address);
        return address;
    }

    public void Dispose()
    {
        foreach (var address in _owned)
            NativeMemory.AlignedFree((void*)address);
        _owned.Clear();
    }
}

/// <summary>A typed view of one value's memory.</summary>
internal readonly unsafe struct Buffer<T>(nint address, Shape shape) where T : unmanaged
{
    public T* Data { get; } = (T*)address;
    public Shape Shape { get; } = shape;
    public int Length => checked((int)Shape.Count);
    public Span<T> Span => new(Data, Length);
}
