using Histoseg.Slides.Annotations;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Sampling;

namespace Histoseg.View.Sources;

/// <summary>Finds the annotation or mask that lies beside a slide under its name.</summary>
internal static class TruthBeside
{
    private static readonly string[] _annotations = [".geojson", ".geojson.gz", ".xml", ".json"];
    private static readonly string[] _masks = [".mask.png", "_mask.png", ".mask.tif", "_mask.tif"];

    /// <summary>A slide with what lies beside it.</summary>
    public static ManifestRow Of(string slide)
    {
        var stem = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(slide))!, Path.GetFileNameWithoutExtension(slide));
        string? Find(string[] endings) => endings.Select(ending => stem + ending).FirstOrDefault(File.Exists);
        return new(slide, Find(_annotations), Find(_masks), null, Path.GetFileName(stem), null);
    }

    /// <summary>How such truth is read: groups that are named as a class are that class, all others are painted nowhere.</summary>
    /// <param name="classes">Classes by label; none: the slide was not segmented.</param>
    /// <param name="rules">Further groups and the classes they are; none where it is not known.</param>
    /// <param name="palette">A colour for each class.</param>
    /// <param name="overrideMpp">µm per level-0 pixel, whatever the slide tells; null: as it tells.</param>
    public static SlideSettings Settings(IReadOnlyList<string> classes, IReadOnlyList<ClassRule> rules, ClassPalette palette, double? overrideMpp = null) =>
        new(new ClassMap(classes, [.. classes.Select(name => new ClassRule([name], name)), .. rules], [], []) { Palette = palette }, OverrideMpp: overrideMpp);
}
