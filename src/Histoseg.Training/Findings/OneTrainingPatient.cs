namespace Histoseg.Training.Findings;

/// <summary>A network that has seen one patient only.</summary>
internal static class OneTrainingPatient
{
    /// <summary>The sentence; null where there are more.</summary>
    public static Answer? Of(int patients) => patients != 1 ? null
        : new(Question.Next, "All training slides are of one patient, so nothing makes the network work on others: add slides of more patients.");
}
