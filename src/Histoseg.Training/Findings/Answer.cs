namespace Histoseg.Training.Findings;

/// <summary>A plain sentence or two that the data of a run says.</summary>
/// <param name="Question">What it answers.</param>
/// <param name="Text">The sentence.</param>
internal sealed record Answer(Question Question, string Text);
