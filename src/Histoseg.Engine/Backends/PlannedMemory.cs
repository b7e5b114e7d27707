using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends;

/// <summary>What a tape needs on a device, known without the device.</summary>
public static class PlannedMemory
{
    /// <summary>
    /// Bytes on a GPU: intermediates, parameters, state, inputs and their landing places, and the bfloat16 copies of weights, which stand in for weights that
    /// are not trained. Workspace comes on top.
    /// </summary>
    /// <param name="tape">The finished recording.</param>
    /// <param name="precision">Number type of activations.</param>
    public static long OnGpu(Tape tape, Precision precision)
    {
        var plan = PlanOnGpu(tape, precision);
        var trained = tape.Nodes.Where(node => node.Op is SgdUpdate).Select(node => node.Inputs[0]).ToHashSet();
        var copies = precision == Precision.Bf16
            ? tape.Parameters.Where(p => p.Rank == 4).Sum(p => p.Shape.Count * (trained.Contains(p) ? sizeof(ushort) : sizeof(ushort) - sizeof(float)))
            : 0;
        return plan.ArenaBytes + plan.PersistentBytes + copies + tape.Values.Where(v => v.Kind == ValueKind.Input).Sum(plan.BytesOf);
    }

    /// <summary>Bytes on the processor, in float32; more than there can be where a tensor has too many elements for it.</summary>
    public static long OnProcessor(Tape tape)
    {
        if (tape.Values.Any(value => value.Shape.Count > int.MaxValue))
            return long.MaxValue;
        var plan = MemoryPlan.For(tape, sizeof(float));
        return plan.ArenaBytes + plan.PersistentBytes;
    }

    /// <summary>The plan of a tape on a GPU.</summary>
    internal static MemoryPlan PlanOnGpu(Tape tape, Precision precision) =>
        MemoryPlan.For(tape, precision == Precision.Bf16 ? sizeof(ushort) : sizeof(float), sizeof(float));
}
