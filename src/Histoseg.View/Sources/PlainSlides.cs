using Histoseg.Segmentation.Inference;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;

namespace Histoseg.View.Sources;

/// <summary>Slides and pictures, with the annotations beside them.</summary>
/// <param name="inputs">Files, folders and patterns, as inference takes them.</param>
internal sealed class PlainSlides(IReadOnlyList<string> inputs) : IResultSource
{
    /// <inheritdoc/>
    public SourceContent Read()
    {
        var found = SlideInputs.Find(inputs);
        if (found.Slides.Count == 0 && found.Unmatched is [var (_, error), ..])
            throw new SlideError(error);
        var settings = TruthBeside.Settings([], [], ClassPalette.Usual);
        return new(inputs.Count == 1 ? inputs[0] : Figures.Count(found.Slides.Count, "slide"),
            [.. found.Slides.Zip(SlideNames.Unique(found.Slides), (path, name) => new ViewedSlide(name, TruthBeside.Of(path)) { Settings = settings })],
            IsRunning: false);
    }
}
