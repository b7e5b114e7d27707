using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends;

/// <summary>A tape compiled by a backend: fill the inputs, run, read the kept values.</summary>
/// <typeparam name="T">How numbers pass between the program and its caller: float, or double for gradient checks.</typeparam>
public abstract class Program<T>(Tape tape, MemoryPlan plan) : IDisposable where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The tape this runs.</summary>
    public Tape Tape { get; } = tape;

    /// <summary>Where every intermediate lives.</summary>
    public MemoryPlan Plan { get; } = plan;

    /// <summary>Bytes of working memory the operations share beside the arena.</summary>
    public abstract long WorkspaceBytes { get; }

    /// <summary>Fills an input, parameter or state, in the engine's layout.</summary>
    /// <exception cref="ArgumentException">The value holds no floating-point numbers or another number of elements.</exception>
    public abstract void Write(Value value, ReadOnlySpan<T> numbers);

    /// <summary>Fills an input of integers.</summary>
    /// <exception cref="ArgumentException">The value holds no 32-bit integers or another number of elements.</exception>
    public abstract void Write(Value value, ReadOnlySpan<int> integers);

    /// <summary>Fills an input of bytes.</summary>
    /// <exception cref="ArgumentException">The value holds no bytes or another number of elements.</exception>
    public abstract void Write(Value value, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Copies out the first elements of an input, parameter, state or kept value, in the engine's layout; as many as
    /// <paramref name="numbers"/> takes.
    /// </summary>
    /// <exception cref="ArgumentException">The value is not kept, holds no floating-point numbers, or has fewer elements.</exception>
    public abstract void Read(Value value, Span<T> numbers);

    /// <summary>A copy of an input, parameter, state or kept value, in the engine's layout.</summary>
    public T[] Read(Value value)
    {
        var numbers = new T[checked((int)value.Shape.Count)];
        Read(value, numbers);
        return numbers;
    }

    /// <summary>Runs the whole tape.</summary>
    public void Run() => Run(0, Tape.Nodes.Count);

    /// <summary>
    /// Runs the nodes from <paramref name="first"/> up to but not including <paramref name="past"/>, for example all but the optimiser's updates.
    /// </summary>
    public abstract void Run(int first, int past);

    /// <summary>
    /// What runs the same pass over the first images alone, with this program's parameters and on the beginning of its inputs; of kept values it writes the
    /// beginning, and the rest of them holds nothing afterwards. It serves as long as the program does. Null: the device runs whole batches only.
    /// </summary>
    /// <param name="record">Records the pass for fewer images: node by node and value by value that of <see cref="Tape"/>.</param>
    /// <exception cref="ArgumentException">It is another pass.</exception>
    public virtual Action? Shorter(Func<Tape> record) => null;

    /// <summary>Runs the whole tape, waits until it is done, and tells how many seconds the device took.</summary>
    public abstract double Time();

    /// <summary>Runs the whole tape node by node and tells how many seconds each took on the device.</summary>
    /// <param name="seconds">Receives them, in the tape's order.</param>
    /// <exception cref="ArgumentException">There are not as many as nodes.</exception>
    public abstract void Time(Span<double> seconds);

    /// <summary>Throws unless there is a place for each node.</summary>
    protected void RequireNodes(ReadOnlySpan<double> seconds)
    {
        if (seconds.Length != Tape.Nodes.Count)
            throw new ArgumentException($"{seconds.Length} places for the times of {Tape.Nodes.Count} nodes", nameof(seconds));
    }

    /// <summary>
    /// Runs up to <paramref name="past"/> on the present inputs node by node and tells where a NaN or an infinity first appears: an input's or
    /// parameter's name or the node that made it; null if nowhere.
    /// </summary>
    /// <remarks>
    /// State is not looked at: the run that failed has put its own NaN into the running statistics already. Other ranks are not asked any more: this one
    /// looks at its own numbers.
    /// </remarks>
    public string? FirstNonFinite(int past)
    {
        LeaveRanks();
        foreach (var value in Tape.Values)
            if (value.Kind is ValueKind.Input or ValueKind.Parameter && value.Type.IsFloat() && !IsFinite(value))
                return $"{value.Kind.ToString().ToLowerInvariant()} {value.Name}";
        for (var i = 0; i < past; i++)
        {
            Run(i, i + 1);
            foreach (var output in Tape.Nodes[i].Outputs)
                if (output.Type.IsFloat() && !IsFinite(output))
                    return $"layer {(Tape.Nodes[i].Scope.Length > 0 ? Tape.Nodes[i].Scope : "loss")} ({Tape.Nodes[i].Op.Name})";
        }
        return null;
    }

    /// <summary>Brings devices of several ranks together, where they do not exchange numbers by way of the processor; all ranks call it at once.</summary>
    /// <exception cref="EngineError">They do not come together.</exception>
    public virtual void JoinRanks() { }

    /// <summary>From now on nothing is exchanged with other ranks.</summary>
    private protected virtual void LeaveRanks() { }

    /// <summary>A way to read small wide values after every run without waiting for each.</summary>
    /// <param name="values">Kept wide values.</param>
    /// <param name="capacity">Most runs posted at once.</param>
    public abstract Readback<T> CreateReadback(Value[] values, int capacity);

    /// <summary>A blender of patches' answers that works where this program runs.</summary>
    /// <param name="probabilities">A kept wide value (patches, P, P, classes).</param>
    /// <param name="layout">How patches lie on the slide.</param>
    /// <exception cref="EngineError">The band does not fit into the device's memory.</exception>
    public abstract Blender CreateBlender(Value probabilities, BlendLayout layout);

    /// <summary>A way for patches of a picture into an input.</summary>
    /// <param name="input">An input of bytes (patches, P, P, 3).</param>
    /// <param name="layout">What blocks the picture is cut into.</param>
    /// <exception cref="EngineError">The blocks do not fit into the device's memory.</exception>
    public abstract PatchInput CreatePatchInput(Value input, BlockLayout layout);

    /// <summary>Whether no element of a value, kept or not, is NaN or infinite at this moment.</summary>
    public abstract bool IsFinite(Value value);

    /// <summary>Throws unless <paramref name="value"/> is of the type given and has just so many elements.</summary>
    protected static void RequireWritable(Value value, bool type, int count)
    {
        if (!type || value.Shape.Count != count)
            throw new ArgumentException($"{value} holds {value.Shape.Count} elements of type {value.Type}, not {count} of the type given", nameof(value));
    }

    /// <summary>Throws unless the caller may read <paramref name="value"/>, it holds numbers, and at least so many.</summary>
    protected static void RequireReadable(Value value, int count)
    {
        if (value.Kind == ValueKind.Intermediate && !value.Kept)
            throw new ArgumentException($"{value} is not kept after the run; mark it with Tape.Keep", nameof(value));
        if (!value.Type.IsFloat() || value.Shape.Count < count)
            throw new ArgumentException($"{value} holds {value.Shape.Count} elements of type {value.Type}, not {count} numbers", nameof(value));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the program's memory.</summary>
    protected abstract void Dispose(bool disposing);
}
