using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;

namespace Histoseg.GpuCheck;

/// <summary>A program that makes every run three times: by hand, captured into a graph, replayed; and tells whether all left the same bits.</summary>
/// <param name="inner">The program, which this one owns.</param>
internal sealed class ReplayedProgram(Program<float> inner) : Program<float>(inner.Tape, inner.Plan)
{
    /// <summary>The first kept value that a replay left different; null: none.</summary>
    public string? Difference { get; private set; }

    /// <inheritdoc/>
    public override long WorkspaceBytes => inner.WorkspaceBytes;

    /// <inheritdoc/>
    public override void Write(Value value, ReadOnlySpan<float> numbers) => inner.Write(value, numbers);

    /// <inheritdoc/>
    public override void Write(Value value, ReadOnlySpan<int> integers) => inner.Write(value, integers);

    /// <inheritdoc/>
    public override void Write(Value value, ReadOnlySpan<byte> bytes) => inner.Write(value, bytes);

    /// <inheritdoc/>
    public override void Read(Value value, Span<float> numbers) => inner.Read(value, numbers);

    /// <inheritdoc/>
    public override void Run(int first, int past)
    {
        inner.Run(first, past);
        var kept = Tape.Values.Where(v => v.Kept).Select(v => (Value: v, Numbers: inner.Read(v))).ToList();
        inner.Run(first, past);
        inner.Run(first, past);
        foreach (var (value, numbers) in kept)
            if (!inner.Read(value).AsSpan().SequenceEqual(numbers) && !numbers.Any(float.IsNaN))
                Difference ??= value.ToString();
    }

    /// <inheritdoc/>
    public override double Time() => inner.Time();

    /// <inheritdoc/>
    public override void Time(Span<double> seconds) => inner.Time(seconds);

    /// <inheritdoc/>
    public override Readback<float> CreateReadback(Value[] values, int capacity) => inner.CreateReadback(values, capacity);

    /// <inheritdoc/>
    public override Blender CreateBlender(Value probabilities, BlendLayout layout) => inner.CreateBlender(probabilities, layout);

    /// <inheritdoc/>
    public override PatchInput CreatePatchInput(Value input, BlockLayout layout) => inner.CreatePatchInput(input, layout);

    /// <inheritdoc/>
    public override bool IsFinite(Value value) => inner.IsFinite(value);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => inner.Dispose();
}
