namespace Histoseg.Training.Reports;

/// <summary>A slide or patch in three pictures of one size, each a PNG or JPEG file's bytes.</summary>
/// <param name="Caption">What is shown.</param>
/// <param name="Picture">As it was scanned.</param>
/// <param name="Truth">With the annotated classes laid over.</param>
/// <param name="Prediction">With the predicted classes laid over.</param>
internal sealed record ReportPicture(string Caption, byte[] Picture, byte[] Truth, byte[] Prediction);
