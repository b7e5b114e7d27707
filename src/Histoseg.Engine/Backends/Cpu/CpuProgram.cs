using System.Numerics;
using System.Runtime.CompilerServices;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cpu;

/// <summary>A tape compiled for the CPU: fill the inputs, run, read the kept values. A run allocates nothing.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed unsafe class CpuProgram<T> : IDisposable where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CpuMemory _memory;
    private readonly Kernel[] _kernels;

    internal CpuProgram(Tape tape, WorkerPool pool, SimdLevel simd)
    {
        Tape = tape;
        Plan = MemoryPlan.For(tape, Unsafe.SizeOf<T>());
        _memory = new CpuMemory(Plan);
        try
        {
            var kernels = new CpuKernels<T>(_memory, pool, simd);
            _kernels = [.. tape.Nodes.Select(node => node.Op.Compile(kernels, node))];
            _memory.AllocateScratch();
        }
        catch
        {
            _memory.Dispose();
            throw;
        }
    }

    /// <summary>The tape this runs.</summary>
    public Tape Tape { get; }

    /// <summary>Where every intermediate lives.</summary>
    public MemoryPlan Plan { get; }

    /// <summary>Bytes of working memory the convolutions share beside the arena.</summary>
    public long WorkspaceBytes => _memory.ScratchBytes;

    /// <summary>The elements of an input, parameter, state or kept value, in the engine's layout.</summary>
    public Span<T> Real(Value value) => value.Type == ElementType.Real
        ? new Buffer<T>(_memory.Address(Readable(value)), value.Shape).Span
        : throw new ArgumentException($"{value} holds integers", nameof(value));

    /// <summary>The elements of an integer input or kept value.</summary>
    public Span<int> Integers(Value value) => value.Type == ElementType.Int32
        ? new Buffer<int>(_memory.Address(Readable(value)), value.Shape).Span
        : throw new ArgumentException($"{value} holds real numbers", nameof(value));

    /// <summary>Runs the whole tape.</summary>
    public void Run() => Run(0, _kernels.Length);

    /// <summary>Runs the nodes from <paramref name="first"/> up to but not including <paramref name="past"/>, for example all but the optimiser's updates.</summary>
    public void Run(int first, int past)
    {
        for (var i = first; i < past; i++)
            _kernels[i]();
    }

    /// <summary>Runs up to <paramref name="past"/> on the present inputs node by node and tells where a NaN or an infinity first appears: an input's or parameter's name or the node that made it; null if nowhere.</summary>
    /// <remarks>State is not looked at: the run that failed has put its own NaN into the running statistics already.</remarks>
    public string? FirstNonFinite(int past)
    {
        foreach (var value in Tape.Values)
            if (value.Kind is ValueKind.Input or ValueKind.Parameter && value.Type == ElementType.Real && !AllFinite(value))
                return $"{value.Kind.ToString().ToLowerInvariant()} {value.Name}";
        for (var i = 0; i < past; i++)
        {
            _kernels[i]();
            foreach (var output in Tape.Nodes[i].Outputs)
                if (output.Type == ElementType.Real && !AllFinite(output))
                    return $"layer {(Tape.Nodes[i].Scope.Length > 0 ? Tape.Nodes[i].Scope : "loss")} ({Tape.Nodes[i].Op.Name})";
        }
        return null;
    }

    private bool AllFinite(Value value)
    {
        foreach (var x in new Buffer<T>(_memory.Address(value), value.Shape).Span)
            if (!T.IsFinite(x))
                return false;
        return true;
    }

    private static Value Readable(Value value) => value.Kind != ValueKind.Intermediate || value.Kept
        ? value
        : throw new ArgumentException($"{value} is not kept after the run; mark it with Tape.Keep", nameof(value));

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
