using Histoseg.Slides.Annotations;
using Histoseg.Slides.Sampling;

namespace Histoseg.Segmentation.Training;

public sealed partial record TrainConfig
{
    /// <summary>The class map of the <c>data</c> section.</summary>
    public ClassMap ToClassMap() => new(
        Data.Classes,
        [.. Data.Labels.Select(rule => new ClassRule(rule.Groups, rule.Class))],
        Data.RegionsOfInterest,
        Data.IgnoredGroups);

    /// <summary>Pixel value of masks to label; null: the value is the label.</summary>
    public IReadOnlyDictionary<byte, byte>? ToMaskLabels() => Data.MaskValues?.ToDictionary(
        pair => (byte)pair.Key,
        pair => pair.Value == ClassMap.IgnoreClass ? ClassMap.Ignore : (byte)Data.Classes.TakeWhile(name => name != pair.Value).Count());

    /// <summary>The slides or pictures of the <c>data</c> section, each with a split: what has none is shared out by patient.</summary>
    /// <exception cref="Histoseg.Slides.SlideError">The manifest or a folder is missing or wrong.</exception>
    public Manifest LoadManifest()
    {
        var manifest = Data.Manifest is { } csv ? Manifest.Load(csv) : Manifest.FromFolders(Data.Images!, Data.Masks!, Data.Patients);
        return manifest.Rows.All(row => row.Split is not null) ? manifest : PatientSplit.Assign(manifest, Data.ValidationShare, 0, Seed);
    }
}
