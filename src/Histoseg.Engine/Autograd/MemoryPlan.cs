using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Autograd;

/// <summary>Where an intermediate value lives in the arena, and from which node to which.</summary>
/// <param name="Value">The value.</param>
/// <param name="Offset">First byte in the arena.</param>
/// <param name="Bytes">Size in bytes, a multiple of <see cref="MemoryPlan.Alignment"/>.</param>
/// <param name="First">Index of the node that writes it.</param>
/// <param name="Last">Index of the last node that reads it; the number of nodes for kept values.</param>
public readonly record struct Placement(Value Value, long Offset, long Bytes, int First, int Last);

/// <summary>Gives every intermediate value of a tape a place in one arena, from lifetimes alone, before anything runs.</summary>
/// <remarks>
/// Values that are never alive together share memory; an operation that allows it writes over an input it is the last to read.
/// Placement is greedy: largest first, each at the lowest offset free over its whole life.
/// </remarks>
public sealed class MemoryPlan
{
    /// <summary>Every offset and size is a multiple of this many bytes: what cuBLASLt takes for granted, and whole cache lines on a CPU.</summary>
    public const int Alignment = 256;

    private readonly Dictionary<Value, Placement> _placements = [];

    private MemoryPlan(Tape tape, int realBytes, int wideBytes)
    {
        Tape = tape;
        RealBytes = realBytes;
        WideBytes = wideBytes;
    }

    /// <summary>The tape planned for.</summary>
    public Tape Tape { get; }

    /// <summary>Bytes per real element: 2, 4 or 8.</summary>
    public int RealBytes { get; }

    /// <summary>Bytes per wide element: 4 or 8.</summary>
    public int WideBytes { get; }

    /// <summary>Size of the arena in bytes: the peak of all intermediates.</summary>
    public long ArenaBytes { get; private set; }

    /// <summary>Bytes of inputs, parameters and state, which live outside the arena.</summary>
    public long PersistentBytes { get; private set; }

    /// <summary>The bytes all intermediates would take without reuse.</summary>
    public long UnsharedBytes { get; private set; }

    /// <summary>Every intermediate's place.</summary>
    public IReadOnlyCollection<Placement> Placements => _placements.Values;

    /// <summary>The place of one intermediate value.</summary>
    public Placement this[Value value] => _placements[value];

    /// <summary>Bytes one value takes.</summary>
    public long BytesOf(Value value)
    {
        var bytes = value.Shape.Count * BytesOf(value.Type);
        return (bytes + Alignment - 1) / Alignment * Alignment;
    }

    private int BytesOf(ElementType type) => type switch
    {
        ElementType.Real => RealBytes,
        ElementType.Wide => WideBytes,
        ElementType.Int32 => sizeof(int),
        _ => sizeof(byte),
    };

    /// <summary>Verifies a tape and plans it. Nothing is compiled without a plan, so nothing is compiled that has not been verified.</summary>
    /// <param name="tape">The finished recording.</param>
    /// <param name="realBytes">Bytes per real element: 2, 4 or 8.</param>
    /// <param name="wideBytes">Bytes per wide element; by default those of a real one.</param>
    /// <exception cref="TapeError">The tape breaks a rule.</exception>
    public static MemoryPlan For(Tape tape, int realBytes, int? wideBytes = null)
    {
        TapeVerifier.Verify(tape);
        var plan = new MemoryPlan(tape, realBytes, wideBytes ?? realBytes);
        var last = LastReaders(tape);
        var blocks = Merge(tape, last, plan);
        plan.ArenaBytes = Place(blocks);
        foreach (var block in blocks)
            foreach (var (value, first) in block.Members)
                plan._placements[value] = new Placement(value, block.Offset, block.Bytes, first, last[value.Id]);
        plan.UnsharedBytes = plan._placements.Keys.Sum(plan.BytesOf);
        plan.PersistentBytes = tape.Values.Where(v => v.Kind != ValueKind.Intermediate).Sum(plan.BytesOf);
        PlanVerifier.Verify(plan, plan.Placements);
        return plan;
    }

    private static int[] LastReaders(Tape tape)
    {
        var last = new int[tape.Values.Count];
        foreach (var node in tape.Nodes)
        {
            foreach (var output in node.Outputs)
                last[output.Id] = node.Index;
            foreach (var input in node.Inputs)
                last[input.Id] = node.Index;
        }
        foreach (var value in tape.Values.Where(v => v.Kept))
            last[value.Id] = tape.Nodes.Count;
        return last;
    }

    /// <summary>One stretch of memory and the values that take turns in it because each is written over its predecessor in place.</summary>
    private sealed class Block
    {
        public List<(Value Value, int First)> Members { get; } = [];
        public long Bytes { get; init; }
        public int First { get; init; }
        public int Last { get; set; }
        public long Offset { get; set; }
    }

    private static List<Block> Merge(Tape tape, int[] last, MemoryPlan plan)
    {
        var blocks = new List<Block>();
        var blockOf = new Dictionary<Value, Block>();
        foreach (var node in tape.Nodes)
        {
            for (var i = 0; i < node.Outputs.Count; i++)
            {
                var output = node.Outputs[i];
                var block = i == 0 ? InPlaceBlock(node) : null;
                if (block is null)
                {
                    block = new Block { Bytes = plan.BytesOf(output), First = node.Index };
                    blocks.Add(block);
                }
                block.Members.Add((output, node.Index));
                block.Last = Math.Max(block.Last, last[output.Id]);
                blockOf[output] = block;
            }
        }
        return blocks;

        Block? InPlaceBlock(Node node)
        {
            if (node.Op.InPlaceInput < 0)
                return null;
            var input = node.Inputs[node.Op.InPlaceInput];
            return blockOf.TryGetValue(input, out var block) && last[input.Id] == node.Index && node.Inputs.Count(v => v == input) == 1 ? block : null;
        }
    }

    private static long Place(List<Block> blocks)
    {
        var placed = new List<Block>();
        var peak = 0L;
        foreach (var block in blocks.OrderByDescending(b => b.Bytes).ThenBy(b => b.First))
        {
            var offset = 0L;
            foreach (var other in placed.Where(o => o.First <= block.Last && block.First <= o.Last).OrderBy(o => o.Offset))
            {
                if (offset + block.Bytes <= other.Offset)
                    break;
                offset = Math.Max(offset, other.Offset + other.Bytes);
            }
            block.Offset = offset;
            placed.Add(block);
            peak = Math.Max(peak, offset + block.Bytes);
        }
        return peak;
    }
}
