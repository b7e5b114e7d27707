namespace Histoseg.Training.Proposals;

/// <summary>Something that the files do not tell.</summary>
/// <param name="Text">The question.</param>
/// <param name="Answers">The answers to choose from.</param>
/// <param name="Proposal">What is taken where nobody answers.</param>
internal sealed record Question(string Text, IReadOnlyList<string> Answers, string Proposal);
