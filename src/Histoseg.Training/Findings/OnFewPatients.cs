namespace Histoseg.Training.Findings;

/// <summary>Classes that occur on the slides of few of the patients.</summary>
internal static class OnFewPatients
{
    /// <summary>The sentence; null where each occurs on enough.</summary>
    /// <param name="samples">The classes but background.</param>
    /// <param name="patients">Patients in all.</param>
    public static Answer? Of(IReadOnlyList<ClassSamples> samples, int patients)
    {
        var few = samples.Where(one => one.Patients == 1 && patients > 1 || one.Patients == 2 && patients > 5).ToList();
        return few.Count == 0 ? null : new(Question.Next,
            string.Join(", ", few.Select(one => Figures.Text($"'{one.Name}' occurs on slides of {one.Patients} of {patients} patients")))
            + " only: what is learnt of it may hold for these alone; add slides of others.");
    }
}
