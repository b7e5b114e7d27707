namespace Histoseg.Training.Reports;

/// <summary>What a report of a run that is not done says of it.</summary>
/// <param name="Text">A line.</param>
/// <param name="RenewEvery">Seconds after which a browser is to load the report again; null: it stays as it is.</param>
internal sealed record ReportStatus(string Text, int? RenewEvery = null);
