using System.Security.Cryptography;
using System.Text;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Sampling;

namespace Histoseg.View.Sources;

/// <summary>A slide and the files that belong to it, as a source lists them; nothing of it is open.</summary>
/// <param name="Name">What the page calls it.</param>
/// <param name="Row">The slide, its truth, and its scale where the file does not tell it.</param>
internal sealed record ViewedSlide(string Name, ManifestRow Row)
{
    private string? _version;

    /// <summary>The folder it was listed from, so that one slide in two folders is two.</summary>
    public string Origin { get; init; } = "";

    /// <summary>How slide and truth are looked at; its class map may be empty.</summary>
    public required SlideSettings Settings { get; init; }

    /// <summary>The label map; null: there is none (yet).</summary>
    public string? LabelMap { get; init; }

    /// <summary>The heat map; null: there is none (yet).</summary>
    public string? HeatMap { get; init; }

    /// <summary>The predicted polygons; null: there are none (yet).</summary>
    public string? Outlines { get; init; }

    /// <summary>Where corrections go, and may be already; null: there is nothing to correct.</summary>
    public string? Corrections { get; init; }

    /// <summary>Dice by class where an evaluation wrote it; null: there is none.</summary>
    public IReadOnlyDictionary<string, double>? Dice { get; init; }

    /// <summary>What is wrong with it, in a line; null: nothing known.</summary>
    public string? Error { get; init; }

    /// <summary>Names it in addresses: no path, the same at every start.</summary>
    public string Id => Hash(Origin, Row.Slide, Name);

    /// <summary>Whether the truth was found beside the slide, so that groups that are no class are of no account.</summary>
    public bool TruthByName { get; init; }

    /// <summary>Classes by label.</summary>
    public IReadOnlyList<string> Classes => Settings.Map.Classes;

    /// <summary>A colour for each.</summary>
    public ClassPalette Palette => Settings.Map.Palette;

    /// <summary>The picture's file.</summary>
    public string Path => Row.Slide;

    /// <summary>Another one where a file was another when it was first asked for: sources list slides anew.</summary>
    public string Version => _version ??=
        Hash(string.Join('|', new[] { Path, LabelMap, HeatMap, Outlines, Row.Annotation, Row.Mask }.Select(Stamp)), Error ?? "", Name);

    private static string Hash(params string[] parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))[..16];

    private static string Stamp(string? path) => path is not null && new FileInfo(path) is { Exists: true } file
        ? Figures.Text($"{path}:{file.Length}:{file.LastWriteTimeUtc.Ticks}") : "";
}
