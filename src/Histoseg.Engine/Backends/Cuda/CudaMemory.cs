using System.Runtime.InteropServices;
using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>One program's device memory: the arena, persistent tensors, bfloat16 copies of weights, tables, and the workspace all kernels share.</summary>
internal sealed unsafe class CudaMemory : IDisposable
{
    private const long TableBytes = 1 << 18;
    private readonly CudaDevice _device;
    private readonly Dictionary<Value, ulong> _addresses = [];
    private readonly Dictionary<Value, CudaTensor> _copies = [];
    private readonly List<ulong> _owned = [];
    private readonly Precision _precision;
    private ulong _table;
    private long _tableUsed = TableBytes;
    private readonly long _needed, _free;
    private long _workspaceBytes;

    public CudaMemory(CudaDevice device, MemoryPlan plan, Precision precision)
    {
        (_device, _precision) = (device, precision);
        _needed = PlannedMemory.OnGpu(plan.Tape, precision);
        _free = device.UsableMemory();
        if (_needed > _free)
            throw new DeviceMemoryError(_needed, _free, device.Name);
        try
        {
            // Fresh memory is poisoned: an operation that reads what nobody wrote gives NaN, which is found, not zero, which is not.
            Arena = Allocate(plan.ArenaBytes, fill: 0xFF);
            foreach (var placement in plan.Placements)
                _addresses[placement.Value] = Arena + (ulong)placement.Offset;
            // Parameters follow when a kernel or a writer asks for them: weights that convolutions alone read have no more than their bfloat16 copy.
            foreach (var value in plan.Tape.Values.Where(v => v.Kind is not (ValueKind.Intermediate or ValueKind.Parameter)))
                _addresses[value] = Allocate(plan.BytesOf(value), fill: 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Address of the intermediates.</summary>
    public ulong Arena { get; }

    /// <summary>Address of the workspace, 0 until <see cref="AllocateWorkspace"/>.</summary>
    public ulong Workspace { get; private set; }

    public long WorkspaceBytes => _workspaceBytes;

    /// <summary>A value's memory. That of a parameter is taken with the first question for it, which must come before the first run.</summary>
    public CudaTensor this[Value value]
    {
        get
        {
            var tensor = new CudaTensor(0, value.Shape, ElementOf(value.Type));
            if (!_addresses.TryGetValue(value, out var address))
                _addresses[value] = address = value.Kind == ValueKind.Parameter ? Allocate(tensor.Bytes, fill: 0) : throw new KeyNotFoundException($"{value}");
            return tensor with { Address = address };
        }
    }

    /// <summary>Where a parameter's numbers are written and read: the parameter itself, or its bfloat16 copy where only convolutions read it.</summary>
    public CudaTensor Stored(Value value) => !_addresses.ContainsKey(value) && CopyOf(value) is { } copy ? copy : this[value];

    /// <summary>A weight as convolutions multiply it: a bfloat16 copy of a wide value where activations are bfloat16, the value itself otherwise.</summary>
    public CudaTensor Operand(Value value)
    {
        if (_precision != Precision.Bf16 || ElementOf(value.Type) == CudaElement.BFloat16)
            return this[value];
        if (value.Kind != ValueKind.Parameter)
            throw new NotSupportedException($"{value}: only parameters have a bfloat16 copy");
        if (_copies.TryGetValue(value, out var copy))
            return copy;
        copy = new(0, value.Shape, CudaElement.BFloat16);
        copy = copy with { Address = Allocate(copy.Bytes, fill: 0xFF) };
        return _copies[value] = copy;
    }

    /// <summary>The bfloat16 copy of a parameter, or null if no convolution reads one.</summary>
    public CudaTensor? CopyOf(Value parameter) => _copies.TryGetValue(parameter, out var copy) ? copy : null;

    /// <summary>Announces that a kernel needs this much scratch while it runs; kernels share one piece.</summary>
    public Workspace NeedWorkspace(long bytes)
    {
        _workspaceBytes = Math.Max(_workspaceBytes, bytes);
        return new(0);
    }

    public void AllocateWorkspace() => Workspace = Allocate(_workspaceBytes, fill: 0xFF);

    /// <summary>Puts a table that kernels read into device memory.</summary>
    public ulong Table<T>(ReadOnlySpan<T> entries) where T : unmanaged
    {
        if (typeof(T).IsAutoLayout)
            throw new ArgumentException($"{typeof(T)}: its fields may lie in any order; kernels read them in the order of their declaration", nameof(entries));
        var bytes = MemoryMarshal.AsBytes(entries);
        var room = (bytes.Length + MemoryPlan.Alignment - 1L) / MemoryPlan.Alignment * MemoryPlan.Alignment;
        if (_tableUsed + room > TableBytes)
            (_table, _tableUsed) = (Allocate(Math.Max(TableBytes, room), fill: 0), 0);
        var address = _table + (ulong)_tableUsed;
        _tableUsed += room;
        _device.Upload(address, bytes);
        return address;
    }

    /// <summary>Device memory that lives as long as the program.</summary>
    public ulong Allocate(long bytes, byte fill)
    {
        var rounded = (nuint)Math.Max(MemoryPlan.Alignment, bytes);
        var status = _device.Driver.MemAlloc(out var address, rounded);
        if (status == CudaStatus.OutOfMemory)
            throw new DeviceMemoryError(_needed + _workspaceBytes, _free, _device.Name);
        status.Check($"cuMemAlloc {rounded}");
        _owned.Add(address);
        _device.Driver.MemsetD8Async(address, fill, rounded, _device.ComputeStream).Check("cuMemsetD8Async");
        return address;
    }

    public static CudaElement ElementOf(ElementType type, Precision precision) => type switch
    {
        ElementType.Real => precision == Precision.Bf16 ? CudaElement.BFloat16 : CudaElement.Float32,
        ElementType.Wide => CudaElement.Float32,
        ElementType.Int32 => CudaElement.Int32,
        _ => CudaElement.UInt8,
    };

    private CudaElement ElementOf(ElementType type) => ElementOf(type, _precision);

    public void Dispose()
    {
        foreach (var address in _owned)
            _device.Driver.MemFree(address);
        _owned.Clear();
    }
}
