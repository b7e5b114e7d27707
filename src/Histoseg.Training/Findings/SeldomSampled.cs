namespace Histoseg.Training.Findings;

/// <summary>Classes that training hardly met, or never.</summary>
internal static class SeldomSampled
{
    private const int FewPatches = 10;

    /// <summary>The sentence; null where there are patches enough of each class.</summary>
    public static Answer? Of(IReadOnlyList<ClassSamples> samples)
    {
        var few = samples.Where(one => one.Patches < FewPatches).ToList();
        return few.Count == 0 ? null : new(Question.Next,
            string.Join(", ", few.Select(one => one.Patches == 0 ? $"'{one.Name}' was never sampled, no patch of the grid shows it"
                : $"'{one.Name}' is on {Figures.Count(one.Patches, "training patch", "training patches")} only"))
            + ": annotate more of it, or list more patches by a smaller data.stride or data.min_tissue.");
    }
}
