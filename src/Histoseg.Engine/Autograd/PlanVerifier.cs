namespace Histoseg.Engine.Autograd;

/// <summary>Checks where a plan puts values against their lifetimes, which it finds anew from the tape.</summary>
/// <remarks>
/// Each intermediate has one place, large enough, aligned and inside the arena. Of two values that are alive at once neither lies over the other, but
/// where a node that may work in place writes its first output over the input that nothing reads after it.
/// </remarks>
internal static class PlanVerifier
{
    /// <summary>Throws at the first fault.</summary>
    /// <param name="plan">A plan of a tape that has been verified.</param>
    /// <param name="placements">Where it puts the tape's values.</param>
    /// <exception cref="TapeError">There is one.</exception>
    public static void Verify(MemoryPlan plan, IEnumerable<Placement> placements)
    {
        var tape = plan.Tape;
        var (places, last) = (PlacesOf(tape, placements), LastReaders(tape));
        var alive = new List<Placement>();
        foreach (var node in tape.Nodes)
        {
            alive.RemoveAll(other => last[other.Value.Id] < node.Index);
            foreach (var output in node.Outputs)
            {
                var place = places[output.Id] ?? throw new TapeError(node, $"writes {output}, which has no place in memory");
                CheckBounds(plan, node, place);
                foreach (var other in alive)
                    if (place.Offset < other.Offset + other.Bytes && other.Offset < place.Offset + place.Bytes && !MayOverwrite(node, place, other, last))
                        throw Overlap(tape, node, place, other, last[other.Value.Id]);
                alive.Add(place);
            }
        }
    }

    private static Placement?[] PlacesOf(Tape tape, IEnumerable<Placement> placements)
    {
        var places = new Placement?[tape.Values.Count];
        foreach (var place in placements)
        {
            if (places[place.Value.Id] is not null)
                throw new TapeError($"{place.Value} has two places in memory");
            places[place.Value.Id] = place;
        }
        return places;
    }

    /// <summary>For each value the last node that reads it: of a kept one the number of nodes, −1 if none does.</summary>
    private static int[] LastReaders(Tape tape)
    {
        var last = new int[tape.Values.Count];
        foreach (var value in tape.Values)
            last[value.Id] = value.Kept ? tape.Nodes.Count : -1;
        foreach (var node in tape.Nodes)
        {
            foreach (var input in node.Inputs)
                last[input.Id] = Math.Max(last[input.Id], node.Index);
            foreach (var output in node.Outputs)
                last[output.Id] = Math.Max(last[output.Id], node.Index);
        }
        return last;
    }

    private static void CheckBounds(MemoryPlan plan, Node node, Placement place)
    {
        if (place.Bytes < plan.BytesOf(place.Value))
            throw new TapeError(node, $"writes {place.Value} to a place of {place.Bytes} bytes, but it takes {plan.BytesOf(place.Value)}");
        if (place.Offset % MemoryPlan.Alignment != 0)
            throw new TapeError(node, $"writes {place.Value} to byte {place.Offset}, but places begin at multiples of {MemoryPlan.Alignment}");
        if (place.Offset < 0 || place.Offset + place.Bytes > plan.ArenaBytes)
            throw new TapeError(node, $"writes {place.Value} to {Range(place)}, but the arena has {plan.ArenaBytes}");
    }

    private static bool MayOverwrite(Node node, Placement place, Placement other, int[] last) =>
        node.Op.InPlaceInput is >= 0 and var index && node.Inputs[index] == other.Value && node.Outputs[0] == place.Value
        && last[other.Value.Id] == node.Index && node.Inputs.Count(input => input == other.Value) == 1
        && (place.Offset, place.Bytes) == (other.Offset, other.Bytes);

    private static TapeError Overlap(Tape tape, Node node, Placement place, Placement other, int lastReader) => new(node,
        $"writes {place.Value} to {Range(place)} over {other.Value} at {Range(other)}, which "
        + (lastReader == tape.Nodes.Count ? "is kept" : lastReader > node.Index ? $"{tape.Nodes[lastReader]} still reads" : "it reads or writes itself"));

    private static string Range(Placement place) => $"bytes {place.Offset} to {place.Offset + place.Bytes - 1}";
}
