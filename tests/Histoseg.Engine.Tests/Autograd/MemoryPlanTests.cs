using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FsCheck.Xunit;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Engine.Tests.Backends;

namespace Histoseg.Engine.Tests.Autograd;

public class MemoryPlanTests
{
    /// <summary>From the node that writes a value to the last that reads it, found without the plan's help.</summary>
    private sealed record Life(Value Value, int First, int Last);

    private static List<Life> Lives(Tape tape) =>
    [
        .. from node in tape.Nodes
           from output in node.Outputs
           let readers = tape.Nodes.Where(n => n.Inputs.Contains(output)).Select(n => n.Index)
           select new Life(output, node.Index, output.Kept ? tape.Nodes.Count : readers.Append(node.Index).Max()),
    ];

    /// <summary>Whether <paramref name="b"/> is written over <paramref name="a"/> by an operation that allows it and that nobody reads a after.</summary>
    private static bool WrittenInPlace(Tape tape, Life a, Life b)
    {
        if (a.Last != b.First)
            return false;
        var node = tape.Nodes[b.First];
        return node.Op.InPlaceInput >= 0 && node.Inputs[node.Op.InPlaceInput] == a.Value && node.Outputs[0] == b.Value
            && node.Inputs.Count(v => v == a.Value) == 1;
    }

    [Property(MaxTest = 150)]
    public void Live_values_never_overlap(int seed, byte size, bool backward, bool wide)
    {
        var (tape, _) = RandomTape.Record(seed, size % 24 + 1, backward);
        var plan = MemoryPlan.For(tape, wide ? 8 : 4);
        var lives = Lives(tape);
        Assert.Equal(lives.Count, plan.Placements.Count);
        foreach (var a in lives)
        {
            var place = plan[a.Value];
            Assert.Equal((a.First, a.Last), (place.First, place.Last));
            Assert.Equal(0, place.Offset % MemoryPlan.Alignment);
            Assert.True(place.Bytes >= a.Value.Shape.Count * (a.Value.Type == ElementType.Int32 ? 4 : wide ? 8 : 4));
            Assert.InRange(place.Offset, 0, plan.ArenaBytes - place.Bytes);
            foreach (var b in lives.Where(b => b != a && b.First >= a.First && b.First <= a.Last))
            {
                var other = plan[b.Value];
                if (place.Offset < other.Offset + other.Bytes && other.Offset < place.Offset + place.Bytes)
                    Assert.True(WrittenInPlace(tape, a, b) && place.Offset == other.Offset && place.Bytes == other.Bytes,
                        $"{a} at {place.Offset}+{place.Bytes} and {b} at {other.Offset}+{other.Bytes} share memory while both live");
            }
        }
    }

    [Property(MaxTest = 150)]
    public void Arena_lies_between_the_largest_live_set_and_no_sharing(int seed, byte size, bool backward)
    {
        var (tape, _) = RandomTape.Record(seed, size % 24 + 1, backward);
        var plan = MemoryPlan.For(tape, 4);
        var lives = Lives(tape);
        var largest = tape.Nodes.Max(node =>
        {
            var alive = lives.Where(l => l.First <= node.Index && node.Index <= l.Last).ToList();
            return alive.Where(a => !alive.Any(b => WrittenInPlace(tape, a, b))).Sum(a => plan.BytesOf(a.Value));
        });
        Assert.InRange(plan.ArenaBytes, largest, plan.UnsharedBytes);
        Assert.Equal(lives.Sum(l => plan.BytesOf(l.Value)), plan.UnsharedBytes);
        Assert.Equal(tape.Values.Where(v => v.Kind != ValueKind.Intermediate).Sum(plan.BytesOf), plan.PersistentBytes);
    }

    [Property(MaxTest = 60)]
    public void Sharing_changes_no_result(int seed, byte size, bool backward)
    {
        var (tape, kept) = RandomTape.Record(seed, size % 24 + 1, backward);
        var (unshared, keptUnshared) = RandomTape.Record(seed, size % 24 + 1, backward);
        foreach (var value in unshared.Values.Where(v => v.Kind == ValueKind.Intermediate))
            unshared.Keep(value);
        using var backend = new CpuBackend(threads: 1);
        using var program = backend.Compile<float>(tape);
        using var reference = backend.Compile<float>(unshared);
        Assert.Equal(reference.Plan.UnsharedBytes, reference.Plan.ArenaBytes);
        program.FillAll(seed);
        reference.FillAll(seed);
        program.Run();
        reference.Run();
        foreach (var (value, expected) in kept.Zip(keptUnshared))
            Assert.True(reference.Real(expected).SequenceEqual(program.Real(value)), $"{value} differs");
        // Twice over the same arena: what a run leaves behind must not show in the next. Batch norms move their statistics in both.
        program.Run();
        reference.Run();
        foreach (var (value, expected) in kept.Zip(keptUnshared))
            Assert.True(reference.Real(expected).SequenceEqual(program.Real(value)), $"{value} differs in the second run");
    }

    [Fact]
    public void Chain_of_relu_takes_one_buffer()
    {
        var tape = new Tape();
        var x = tape.Relu(tape.Input("x", new Shape(1, 8, 8, 16)));
        for (var i = 0; i < 5; i++)
            x = tape.Relu(x);
        tape.Keep(x);
        var plan = MemoryPlan.For(tape, 4);
        Assert.Equal(8 * 8 * 16 * 4, plan.ArenaBytes);
        Assert.Equal(6 * plan.ArenaBytes, plan.UnsharedBytes);
    }

    [Fact]
    public void Chain_of_convolutions_takes_two_buffers()
    {
        var tape = new Tape();
        var x = tape.Input("x", new Shape(1, 8, 8, 16));
        var weight = tape.Parameter("w", new Shape(16, 1, 1, 16));
        for (var i = 0; i < 6; i++)
            x = tape.Conv2d(x, weight, ConvWindow.Square(1));
        tape.Keep(x);
        var plan = MemoryPlan.For(tape, 8);
        Assert.Equal(2 * 8 * 8 * 16 * 8, plan.ArenaBytes);
        Assert.Equal(3 * plan.ArenaBytes, plan.UnsharedBytes);
    }

    [Fact]
    public void Nothing_is_written_over_an_input_parameter_or_kept_value()
    {
        var tape = new Tape();
        var (x, p) = (tape.Input("x", Shape.Vector(40), ElementType.Wide), tape.Parameter("p", Shape.Vector(40)));
        var kept = tape.Keep(tape.Add(tape.Relu(x), tape.Relu(p)));
        var after = tape.Keep(tape.Relu(tape.Softmax(kept)));
        using var backend = new CpuBackend(threads: 1);
        using var program = backend.Compile<double>(tape);
        program.FillAll(3);
        var (numbers, parameters) = (program.Get(x), program.Get(p));
        program.Run();
        Assert.Equal(numbers, program.Get(x));
        Assert.Equal(parameters, program.Get(p));
        Assert.Equal(numbers.Zip(parameters, (a, b) => Math.Max(a, 0) + Math.Max(b, 0)), program.Get(kept));
        Assert.Equal(1, program.Get(after).Sum(), 1e-12);
    }

    [Fact]
    public unsafe void Every_tensor_starts_on_a_cache_line()
    {
        var (tape, _) = RandomTape.Record(5, 24, backward: true);
        using var backend = new CpuBackend(threads: 1);
        using var program = backend.Compile<float>(tape);
        foreach (var value in tape.Values.Where(v => v.Kind != ValueKind.Intermediate || v.Kept))
            Assert.Equal(0, (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(program.Real(value))) % MemoryPlan.Alignment);
    }

    [Fact]
    public void Reading_a_value_that_is_not_kept_is_refused()
    {
        var tape = new Tape();
        var y = tape.Relu(tape.Input("x", Shape.Vector(3)));
        using var backend = new CpuBackend(threads: 1);
        using var program = backend.Compile<float>(tape);
        Assert.Contains("Tape.Keep", Assert.Throws<ArgumentException>(() => program.Get(y)).Message);
    }
}
