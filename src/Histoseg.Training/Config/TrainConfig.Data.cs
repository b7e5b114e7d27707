using Histoseg.Segmentation.Networks;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Formats;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Sampling;

namespace Histoseg.Training.Config;

public sealed partial record TrainConfig
{
    /// <summary>The network it asks for.</summary>
    /// <exception cref="Engine.EngineError">A key is out of range.</exception>
    public Network CreateNetwork() => Segmentation.Networks.Network.Create(Network, Data.Classes.Count);

    // With keys out of range there is no network to ask; they are told elsewhere.
    private bool CouldBeMade => Segmentation.Networks.Network.WhatIsOutOfRange(Network with { Options = null }, Data.Classes.Count) is null;

    /// <summary>The class map of the <c>data</c> section.</summary>
    internal ClassMap ToClassMap() => new(
        Data.Classes,
        [.. Data.Labels.Select(rule => new ClassRule(rule.Groups, rule.Class))],
        Data.RegionsOfInterest,
        Data.IgnoredGroups)
    { Palette = Palette };

    /// <summary>A colour for each class.</summary>
    internal ClassPalette Palette => ClassPalette.Of(Data.Classes, Data.Colours);

    /// <summary>Pixel value of masks to label; null: the value is the label.</summary>
    internal IReadOnlyDictionary<byte, byte>? ToMaskLabels() => Data.MaskValues?.ToDictionary(
        pair => (byte)pair.Key,
        pair => ClassMap.IsIgnore(pair.Value) ? ClassMap.Ignore : (byte)Data.Classes.TakeWhile(name => name != pair.Value).Count());

    /// <summary>How its slides are looked at: at the scale that is trained, or at their own pixels where <c>data.mpp</c> is not given.</summary>
    internal SlideSettings ToSlideSettings() =>
        new(ToClassMap(), ToMaskLabels(), Data.Mpp, Data.MppOverride, Data.Origin, new PictureLimit(Data.MaxMegapixels));

    /// <summary>The patches that are sampled from.</summary>
    internal PatchGrid ToPatchGrid() =>
        new(Data.PatchSize, Data.Stride, Data.Classes.Count, (byte)Data.TissueThreshold, Data.MinTissue, Data.Tissue);

    /// <summary>How a check looks over its data.</summary>
    /// <param name="overlayFolder">Where overlay pictures go, or null for none.</param>
    internal DatasetCheckSettings ToCheckSettings(string? overlayFolder = null) =>
        new(ToSlideSettings(), ToPatchGrid(), Data.ValidationShare, Seed, overlayFolder);

    /// <summary>The slides or pictures of the <c>data</c> section, each with a split: what has none is shared out by patient.</summary>
    /// <remarks>Pictures of a folder that tell no scale are taken to be at the scale that is trained, <c>data.mpp</c>.</remarks>
    /// <exception cref="SlideError">The manifest or a folder is missing or wrong.</exception>
    internal Manifest LoadManifest() => PatientSplit.Complete(LoadUnsplit(), Data.ValidationShare, Seed);

    /// <summary>The same with the splits the data itself gives; null where it gives none.</summary>
    /// <param name="requireFiles">Whether every slide, annotation and mask of a manifest must exist.</param>
    /// <exception cref="SlideError">The manifest or a folder is missing or wrong.</exception>
    internal Manifest LoadUnsplit(bool requireFiles = true) => Data.Manifest is { } csv ? Manifest.Load(csv, requireFiles) : PicturesOfFolders();

    private Manifest PicturesOfFolders()
    {
        var manifest = Manifest.FromFolders(Data.Images!, Data.Masks!, Data.Patients);
        return manifest with { Rows = [.. manifest.Rows.Select(row => row with { AssumedMpp = Data.Mpp })] };
    }
}
