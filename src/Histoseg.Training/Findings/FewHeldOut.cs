namespace Histoseg.Training.Findings;

/// <summary>Validation on nobody or on one patient.</summary>
internal static class FewHeldOut
{
    /// <summary>The sentence; null where there are more.</summary>
    /// <param name="patients">Patients of the validation slides.</param>
    public static Answer? Of(int patients) => patients switch
    {
        0 => new(Question.Next, "No slide was held out, so nothing tells how well it does on slides it has not seen: give some the split val."),
        1 => new(Question.Next, "Validation was on one patient only, and the next may look otherwise: hold out more patients."),
        _ => null,
    };
}
