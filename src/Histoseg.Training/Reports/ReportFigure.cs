namespace Histoseg.Training.Reports;

/// <summary>A number worth the reader's first look, or a line of a two-column table.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Value">The number with its unit.</param>
/// <param name="Note">A few words more, or empty.</param>
internal sealed record ReportFigure(string Label, string Value, string Note = "");
