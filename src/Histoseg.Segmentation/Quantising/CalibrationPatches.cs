using Histoseg.Segmentation.Models;
using Histoseg.Slides;
using Histoseg.Slides.Opening;

namespace Histoseg.Segmentation.Quantising;

/// <summary>Patches with tissue from all over some slides, for a calibration.</summary>
/// <param name="Rgb">P × P × 3 bytes of each.</param>
/// <param name="Slides">Slides that gave some.</param>
internal sealed record CalibrationPatches(IReadOnlyList<byte[]> Rgb, int Slides)
{
    /// <summary>Tissue that a patch has at least, where a slide has such places.</summary>
    private const double LeastTissue = 0.25;

    private const int Seed = 1;

    /// <summary>In words: <c>64 patches of 3 slides</c>.</summary>
    public string InWords => $"{Figures.Count(Rgb.Count, "patch", "patches")} of {Figures.Count(Slides, "slide")}";

    /// <summary>Draws places at random, as many of each slide; the same ones every time.</summary>
    /// <param name="slides">The slides.</param>
    /// <param name="model">Scale and patch.</param>
    /// <param name="count">Patches wanted of all slides together.</param>
    /// <param name="overrideMpp">µm per pixel of the slides, whatever they say; null: what they say.</param>
    /// <param name="note">Told of slides that cannot be read, which are left out.</param>
    /// <param name="cancel">Looked at before each slide.</param>
    /// <exception cref="SlideError">No slide can be read.</exception>
    public static CalibrationPatches Draw(IReadOnlyList<string> slides, ModelDescription model, int count, double? overrideMpp, Action<string> note,
        CancellationToken cancel)
    {
        var settings = new SlideSettings(new(model.ClassNames, [], [], []), TargetMpp: model.SpacingUmPx, OverrideMpp: overrideMpp);
        var random = new Random(Seed);
        string[] chosen = [.. slides];
        random.Shuffle(chosen);
        var (patches, used, first) = (new List<byte[]>(), 0, (SlideError?)null);
        for (var i = 0; i < chosen.Length && patches.Count < count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                using var slide = OpenedSlide.Open(chosen[i], settings);
                var before = patches.Count;
                patches.AddRange(Of(slide.View, model.PatchSizePixels, (count - patches.Count + chosen.Length - i - 1) / (chosen.Length - i), random));
                used += patches.Count > before ? 1 : 0;
            }
            catch (SlideError error)
            {
                first ??= error;
                note(error.Message);
            }
        }
        return patches.Count > 0 ? new(patches, used)
            : throw first ?? new SlideError("there is not a readable patch on the slides to calibrate on; give others");
    }

    private static IEnumerable<byte[]> Of(SlideView view, int side, int count, Random random)
    {
        var mask = TissueMask.FromSlide(view);
        var places = (from y in Starts(view.Height, side) from x in Starts(view.Width, side) select (x, y)).ToArray();
        random.Shuffle(places);
        foreach (var (x, y) in places.OrderByDescending(place => mask.Share(place.x, place.y, side, side) >= LeastTissue).Take(count))
        {
            var rgb = new byte[side * side * 3];
            if (view.Read(x, y, side, side, rgb))
                yield return rgb;
        }
    }

    private static IEnumerable<int> Starts(int length, int side) => Enumerable.Range(0, Math.Max(1, length / side)).Select(i => i * side);
}
