using Histoseg.Segmentation.Networks;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
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
        Data.IgnoredGroups);

    /// <summary>Pixel value of masks to label; null: the value is the label.</summary>
    internal IReadOnlyDictionary<byte, byte>? ToMaskLabels() => Data.MaskValues?.ToDictionary(
        pair => (byte)pair.Key,
        pair => ClassMap.IsIgnore(pair.Value) ? ClassMap.Ignore : (byte)Data.Classes.TakeWhile(name => name != pair.Value).Count());

    /// <summary>How its slides are looked at: at the scale that is trained, or at their own pixels where <c>data.mpp</c> is not given.</summary>
    internal SlideSettings ToSlideSettings() => new(ToClassMap(), ToMaskLabels(), Data.Mpp, Origin: Data.Origin);

    /// <summary>The slides or pictures of the <c>data</c> section, each with a split: what has none is shared out by patient.</summary>
    /// <remarks>Pictures of a folder get <c>data.mpp</c> as the scale of those that tell none: they are taken to be at the scale that is trained.</remarks>
    /// <exception cref="SlideError">The manifest or a folder is missing or wrong.</exception>
    internal Manifest LoadManifest()
    {
        var manifest = LoadUnsplit();
        return manifest.Rows.All(row => row.Split is not null) ? manifest : PatientSplit.Assign(manifest, Data.ValidationShare, 0, Seed);
    }

    /// <summary>The same with the splits the data itself gives; null where it gives none.</summary>
    /// <exception cref="SlideError">The manifest or a folder is missing or wrong.</exception>
    internal Manifest LoadUnsplit() => Data.Manifest is { } csv ? Manifest.Load(csv) : PicturesOfFolders();

    private Manifest PicturesOfFolders()
    {
        var manifest = Manifest.FromFolders(Data.Images!, Data.Masks!, Data.Patients);
        return manifest with { Rows = [.. manifest.Rows.Select(row => row with { Mpp = Data.Mpp })] };
    }
}
