namespace Histoseg.Slides;

/// <summary>Sources of a scale as messages name them.</summary>
internal static class ScaleSources
{
    /// <summary>The source in words.</summary>
    public static string InWords(this ScaleSource source) => source switch
    {
        ScaleSource.ResolutionTags => "resolution tags",
        ScaleSource.ObjectivePower => "objective power",
        ScaleSource.Manifest => "manifest",
        ScaleSource.Override => "override",
        ScaleSource.Assumed => "assumed",
        _ => "slide properties",
    };
}
