namespace Histoseg.Training.Reports;

/// <summary>The patches of a slide that a report shows.</summary>
/// <param name="Pictures">The patches.</param>
/// <param name="Note">What to say where none of the patches is wrong enough to be shown as such; null: one is, or the slide has no whole patch.</param>
internal sealed record ReportPatches(IReadOnlyList<ReportPicture> Pictures, string? Note);
