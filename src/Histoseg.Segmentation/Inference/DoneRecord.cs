using System.Text.Json;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>What a slide's outputs were made from. Equal: they need not be made again.</summary>
/// <param name="Slide">Full path of the slide.</param>
/// <param name="Bytes">Size of the slide's file.</param>
/// <param name="ModifiedUtc">When the slide's file last changed.</param>
/// <param name="Model">Hash of the model.</param>
/// <param name="MicronsPerPixel">The scale the model is run at, which need not be its own.</param>
/// <param name="PatchSize">Side of the patches.</param>
/// <param name="Overlap">As in the settings.</param>
/// <param name="Tta">As in the settings.</param>
/// <param name="TissueRule">As in the settings.</param>
/// <param name="TissueThreshold">As in the settings.</param>
/// <param name="MppOverride">As in the settings.</param>
/// <param name="MinObjectMm2">As in the settings.</param>
/// <param name="FillHolesMm2">As in the settings.</param>
/// <param name="Crf">As in the settings.</param>
internal sealed record DoneKey(string Slide, long Bytes, DateTime ModifiedUtc, string Model, double MicronsPerPixel, int PatchSize, double Overlap, bool Tta, TissueRule TissueRule, byte TissueThreshold, double? MppOverride, double MinObjectMm2, double FillHolesMm2, bool Crf)
{
    public static DoneKey Of(string slide, InferenceModel model, int patchSize, BatchInferenceSettings settings)
    {
        var file = new FileInfo(slide);
        return new(file.FullName, file.Length, file.LastWriteTimeUtc, model.Hash, model.MicronsPerPixel, patchSize, settings.Overlap, settings.Tta, settings.TissueRule, settings.TissueThreshold, settings.MppOverride,
            settings.MinObjectMm2, settings.FillHolesMm2, settings.Crf);
    }
}

/// <summary>The note <c>.done/&lt;slide&gt;.json</c> that a slide's outputs are complete, written after them.</summary>
/// <param name="Key">What they were made from.</param>
/// <param name="Outputs">The files, relative to the output folder.</param>
/// <param name="Error">What was wrong with the slide although it was segmented.</param>
internal sealed record DoneRecord(DoneKey Key, IReadOnlyList<string> Outputs, string? Error)
{
    public static string PathOf(string folder, string name) => Path.Combine(folder, ".done", name + ".json");

    /// <summary>The record of a slide, or null where there is none that can be read: then the slide is simply done again.</summary>
    public static DoneRecord? Load(string folder, string name)
    {
        try
        {
            var path = PathOf(folder, name);
            return File.Exists(path) && JsonSerializer.Deserialize<DoneRecord>(File.ReadAllText(path), RunMetadata.Json) is { Key: not null, Outputs: not null } record ? record : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Takes the note back, where there is one.</summary>
    public static void Remove(string folder, string name)
    {
        var path = PathOf(folder, name);
        if (!File.Exists(path))
            return;
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (OutputError.Is(error))
        {
            throw new OutputError(path, error);
        }
    }

    public void Save(string folder, string name) => OutputText.Write(PathOf(folder, name), JsonSerializer.Serialize(this, RunMetadata.Json));

    /// <summary>Whether the files wanted were made from <paramref name="key"/> and are all still there.</summary>
    public bool Covers(DoneKey key, IEnumerable<string> wanted, string folder) =>
        Key == key && wanted.All(file => Outputs.Contains(file) && File.Exists(Path.Combine(folder, file)));
}
