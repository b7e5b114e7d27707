using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cpu;

/// <summary>A tape compiled for the CPU: fill the inputs, run, read the kept values. A run allocates nothing.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class CpuProgram<T> : Program<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CpuMemory _memory;
    private readonly List<CpuMemory> _shorter = [];
    private readonly Func<CpuMemory, CpuKernels<T>> _compiler;
    private readonly Kernel[] _kernels;
    private readonly RankQueue? _ranks;

    internal CpuProgram(Tape tape, WorkerPool pool, SimdLevel simd, bool exact, RankQueue? ranks) : base(tape, MemoryPlan.For(tape, Unsafe.SizeOf<T>()))
    {
        _memory = new CpuMemory(Plan);
        _ranks = ranks;
        _compiler = memory => new(memory, pool, simd, exact, ranks);
        try
        {
            _kernels = Compiled(_memory);
        }
        catch
        {
            _memory.Dispose();
            throw;
        }
    }

    private Kernel[] Compiled(CpuMemory memory)
    {
        var compiler = _compiler(memory);
        var kernels = memory.Tape.Nodes.Select(node =>
        {
            memory.At = node;
            return node.Op.Compile(compiler, node);
        }).ToArray();
        memory.AllocateScratch();
        return kernels;
    }

    /// <inheritdoc/>
    public override long WorkspaceBytes => _memory.WorkspaceBytes + _shorter.Sum(memory => memory.WorkspaceBytes);

    /// <summary>The elements of an input, parameter, state or kept value, in the engine's layout.</summary>
    public Span<T> Real(Value value)
    {
        if (!value.Type.IsFloat())
            throw new ArgumentException($"{value} holds integers", nameof(value));
        // Whoever has the elements may write to them.
        if (value.Kind == ValueKind.Parameter)
            _memory.ParametersChange();
        return new Buffer<T>(_memory.Address(Readable(value)), value.Shape).Span;
    }

    /// <summary>The elements of an integer input or kept value.</summary>
    public Span<int> Integers(Value value) => value.Type == ElementType.Int32
        ? new Buffer<int>(_memory.Address(Readable(value)), value.Shape).Span
        : throw new ArgumentException($"{value} holds real numbers", nameof(value));

    /// <inheritdoc/>
    public override void Write(Value value, ReadOnlySpan<T> numbers)
    {
        RequireWritable(value, value.Type.IsFloat(), numbers.Length);
        numbers.CopyTo(Real(value));
    }

    /// <inheritdoc/>
    public override void Write(Value value, ReadOnlySpan<int> integers)
    {
        RequireWritable(value, value.Type == ElementType.Int32, integers.Length);
        integers.CopyTo(Integers(value));
    }

    /// <inheritdoc/>
    public override void Write(Value value, ReadOnlySpan<byte> bytes)
    {
        RequireWritable(value, value.Type == ElementType.UInt8, bytes.Length);
        bytes.CopyTo(Bytes(value));
    }

    /// <inheritdoc/>
    public override void Read(Value value, Span<T> numbers)
    {
        RequireReadable(value, numbers.Length);
        new Buffer<T>(_memory.Address(value), value.Shape).Span[..numbers.Length].CopyTo(numbers);
    }

    /// <inheritdoc/>
    public override void Run(int first, int past)
    {
        for (var i = first; i < past; i++)
            _kernels[i]();
    }

    /// <inheritdoc/>
    public override Action Shorter(Func<Tape> record)
    {
        var tape = record();
        TapeVerifier.Verify(tape);
        var memory = new CpuMemory(tape, _memory);
        _shorter.Add(memory);
        var kernels = Compiled(memory);
        return () =>
        {
            foreach (var kernel in kernels)
                kernel();
        };
    }

    /// <inheritdoc/>
    public override double Time()
    {
        var started = Stopwatch.GetTimestamp();
        Run();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <inheritdoc/>
    public override void Time(Span<double> seconds)
    {
        RequireNodes(seconds);
        for (var i = 0; i < _kernels.Length; i++)
        {
            var started = Stopwatch.GetTimestamp();
            _kernels[i]();
            seconds[i] = Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
    }

    /// <inheritdoc/>
    public override Readback<T> CreateReadback(Value[] values, int capacity) => new CpuReadback<T>(this, values, capacity);

    /// <inheritdoc/>
    public override Blender CreateBlender(Value probabilities, BlendLayout layout)
    {
        var (batch, _, side, classes) = probabilities.Shape;
        return typeof(T) == typeof(float)
            ? new HostBlender(() => MemoryMarshal.Cast<T, float>(Real(probabilities)), batch, side, classes, layout)
            : throw new NotSupportedException("slides are blended in float32");
    }

    /// <inheritdoc/>
    public override PatchInput CreatePatchInput(Value input, BlockLayout layout) => new HostPatchInput(() => Bytes(input), input.Shape.H);

    private Span<byte> Bytes(Value value) => new Buffer<byte>(_memory.Address(value), value.Shape).Span;

    /// <inheritdoc/>
    public override bool IsFinite(Value value)
    {
        foreach (var x in new Buffer<T>(_memory.Address(value), value.Shape).Span)
            if (!T.IsFinite(x))
                return false;
        return true;
    }

    /// <inheritdoc/>
    private protected override void LeaveRanks() => _ranks?.FallSilent();

    private static Value Readable(Value value) => value.Kind != ValueKind.Intermediate || value.Kept
        ? value
        : throw new ArgumentException($"{value} is not kept after the run; mark it with Tape.Keep", nameof(value));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // What is on its way lies in this memory.
        _ranks?.Settle();
        _shorter.ForEach(memory => memory.Dispose());
        _memory.Dispose();
    }
}
