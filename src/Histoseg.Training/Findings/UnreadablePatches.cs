namespace Histoseg.Training.Findings;

/// <summary>Patches that could not be read.</summary>
internal static class UnreadablePatches
{
    /// <summary>The sentence; null where all could.</summary>
    public static Answer? Of(long patches, long unreadable) => unreadable == 0 ? null
        : new(Question.Next, Figures.Text($"{unreadable} of {patches} patches could not be read and taught nothing: ")
            + "engine check names the slides; copy or scan them anew.");
}
