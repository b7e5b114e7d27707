using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Backends;

/// <summary>What a tape needs on a device, known without the device.</summary>
public static class PlannedMemory
{
    /// <summary>
    /// Bytes on a GPU: intermediates, parameters, state, inputs and their landing places, and the bfloat16 copies of weights. Workspace comes on top.
    /// </summary>
    /// <param name="tape">The finished recording.</param>
    /// <param name="precision">Number type of activations.</param>
    public static long OnGpu(Tape tape, Precision precision)
    {
        var plan = PlanOnGpu(tape, precision);
        var copies = precision == Precision.Bf16 ? tape.Parameters.Where(p => p.Rank == 4).Sum(p => p.Shape.Count * sizeof(ushort)) : 0;
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
