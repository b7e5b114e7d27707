namespace Histoseg.Export;

/// <summary>What the user may decide about an exported file.</summary>
/// <param name="PatchSize">Side of the patch the file is made for; null: the one the model was trained on.</param>
/// <param name="Overwrite">Whether a file that is there already may be replaced.</param>
public sealed record ExportSettings(int? PatchSize = null, bool Overwrite = false);
