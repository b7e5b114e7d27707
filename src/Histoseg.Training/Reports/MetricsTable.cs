namespace Histoseg.Training.Reports;

/// <summary>The content of a <c>metrics.csv</c>.</summary>
/// <param name="Classes">Class names, background included.</param>
/// <param name="Rows">The lines, in the order of the file.</param>
internal sealed record MetricsTable(IReadOnlyList<string> Classes, IReadOnlyList<MetricsRow> Rows);
