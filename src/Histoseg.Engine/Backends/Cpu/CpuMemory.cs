using System.Runtime.InteropServices;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu.Convolution;
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
    private readonly Dictionary<(int Node, nint Weight, Type Layout, long Floats), PackedWeights> _packed = [];
    private readonly CpuMemory? _whole;
    private readonly bool _isCounted;
    private nint _scratch;
    private long _keptBytes;
    private int _parameterVersion;

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

    /// <summary>That of a tape of fewer images, whose values are the first images of another's, where those lie.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="whole">The other's, which is disposed of later.</param>
    /// <exception cref="ArgumentException">The tape is not the other's for fewer images.</exception>
    public CpuMemory(Tape tape, CpuMemory whole)
    {
        (Tape, _whole, _packed) = (tape, whole, whole._packed);
        if (!IsAlike(tape, whole.Tape))
            throw new ArgumentException("this is another tape, not one of fewer images", nameof(tape));
        _updated = [];
        foreach (var (value, large) in tape.Values.Zip(whole.Tape.Values))
            _addresses[value] = whole.Address(large);
    }

    // No run of either changes a parameter, and what belongs to images has fewer of them and is otherwise as large.
    private static bool IsAlike(Tape tape, Tape whole) =>
        tape.Nodes.Count == whole.Nodes.Count && tape.Values.Count == whole.Values.Count
        && tape.Nodes.Zip(whole.Nodes).All(both => both.First.Op.GetType() == both.Second.Op.GetType() && !both.First.Op.UpdatedInputs.Any()
            && both.First.Inputs.Select(value => value.Id).SequenceEqual(both.Second.Inputs.Select(value => value.Id)))
        && tape.Values.Zip(whole.Values).All(both => IsBeginning(both.First, both.Second));

    private static bool IsBeginning(Value value, Value whole) =>
        (value.Kind, value.Type, value.Name) == (whole.Kind, whole.Type, whole.Name)
        && (value.Shape == whole.Shape
            || value.Kind is ValueKind.Input or ValueKind.Intermediate
                && value.Shape.N < whole.Shape.N && value.Shape with { N = whole.Shape.N } == whole.Shape);

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

    /// <summary>Scratch, and what kernels keep between runs; of fewer images, what comes on top of the other tape's.</summary>
    public long WorkspaceBytes => (IsInWholeScratch ? 0 : ScratchBytes) + _keptBytes;

    private bool IsInWholeScratch => _whole is { } whole && whole.ScratchBytes >= ScratchBytes;

    /// <summary>Grows whenever somebody outside the tape may have changed parameters: what kernels keep of them is out of date then.</summary>
    public int ParameterVersion => _whole?.ParameterVersion ?? _parameterVersion;

    /// <summary>Tells that parameters may change.</summary>
    public void ParametersChange() => _parameterVersion++;

    /// <summary>The node whose kernel is compiled.</summary>
    public Node? At { get; set; }

    /// <summary>Where the node that is compiled has its weights packed: in one place for however many images.</summary>
    /// <param name="layout">Whose packing it is.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="isConstant">Whether no run changes the weights.</param>
    /// <param name="floats">Floats they take packed.</param>
    public PackedWeights Packed(Type layout, nint weight, bool isConstant, long floats)
    {
        if (!isConstant || At is null)
            return new(this, isConstant, floats);
        var key = (At.Index, weight, layout, floats);
        return _packed[key] = _packed.GetValueOrDefault(key) ?? new(this, isConstant, floats);
    }

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

    public void AllocateScratch() => _scratch = IsInWholeScratch ? _whole!.Scratch : Allocate(ScratchBytes);

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
