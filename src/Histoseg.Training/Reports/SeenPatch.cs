namespace Histoseg.Training.Reports;

/// <summary>A patch as the network saw it in training, as JPEG files' bytes.</summary>
/// <param name="Caption">Where it is from.</param>
/// <param name="Picture">The varied patch.</param>
/// <param name="Truth">With the classes it is to learn laid over.</param>
internal sealed record SeenPatch(string Caption, byte[] Picture, byte[] Truth);
