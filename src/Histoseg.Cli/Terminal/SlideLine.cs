using System.Globalization;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Terminal;

/// <summary>The line that tells how a slide ended.</summary>
internal static class SlideLine
{
    /// <summary>The line; null for a slide that was done before, of which there is nothing to tell.</summary>
    public static string? Of(SlideOutcome slide)
    {
        if (slide.Segmentation is not { } work)
            return slide.Error is null ? null : $"engine: {slide.Error}";
        var areas = slide.AreasMm2?.Select(area => Figures.Text($", {area.Key} {area.Value:0.###} mm²")) ?? [];
        return string.Create(CultureInfo.InvariantCulture,
            $"engine: {Path.GetFileName(slide.Path)}: done in {slide.Seconds:0.0} s, {work.PatchesPerSecond:0.0} patches/s{string.Concat(areas)}")
            + (slide.Error is null ? "" : $"\nengine: {slide.Error}");
    }
}
