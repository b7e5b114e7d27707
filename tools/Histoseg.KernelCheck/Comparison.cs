namespace Histoseg.KernelCheck;

/// <summary>What is worse than the table says.</summary>
internal static class Comparison
{
    // A loop may come out some instructions longer without any harm.
    private const double LeastShare = 0.95;

    /// <summary>A line for each thing that is worse, or missing.</summary>
    /// <param name="module">The module.</param>
    /// <param name="accepted">Its rows of the table.</param>
    /// <param name="found">Its rows now.</param>
    public static IEnumerable<string> Faults(PtxModule module, IReadOnlyList<KernelRow> accepted, IReadOnlyList<KernelRow> found)
    {
        var old = accepted.ToDictionary(row => row.Kernel);
        foreach (var row in found)
        {
            if (!old.Remove(row.Kernel, out var before))
            {
                yield return $"{module.Name}: {row.Kernel} is not in the table";
                continue;
            }
            foreach (var (gpu, now, then) in Gpu.All.Zip(row.OnGpu, before.OnGpu))
                foreach (var fault in (now, then) switch
                {
                    ({ } figures, { } earlier) => Faults(figures, earlier),
                    (null, null) => [],
                    _ => ["is assembled now and was not, or the other way round"],
                })
                    yield return $"{module.Name}: {row.Kernel} on {gpu.Name} {fault}";
        }
        foreach (var gone in old.Keys)
            yield return $"{module.Name}: {gone} is in the table, but there is no such kernel";
    }

    private static IEnumerable<string> Faults(Figures now, Figures then)
    {
        if (now.Registers > then.Registers)
            yield return $"takes {now.Registers} registers, {then.Registers} in the table";
        if (now.Spilled > then.Spilled)
            yield return $"spills {now.Spilled} bytes, {then.Spilled} in the table";
        if (now.Blocks < then.Blocks)
            yield return $"has {now.Blocks} blocks on a multiprocessor, {then.Blocks} in the table";
        if (Share(now) < LeastShare * Share(then))
            yield return $"has {now.Loop?.ToString() ?? "no"} tensor-core instructions in its main loop, {then.Loop} in the table";
        if (now.Loop?.Local > (then.Loop?.Local ?? 0))
            yield return $"accesses local memory {now.Loop?.Local} times in its main loop, {then.Loop?.Local ?? 0} in the table";
    }

    private static double Share(Figures figures) => figures.Loop is { } loop ? loop.Tensor / (double)loop.Instructions : 0;
}
