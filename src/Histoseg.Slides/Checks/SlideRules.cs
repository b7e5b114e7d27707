using Histoseg.Slides.Annotations;
using Histoseg.Slides.Opening;

namespace Histoseg.Slides.Checks;

/// <summary>What a slide must fulfil to be trained on, before its pixels are looked at. <c>check</c> and <c>train</c> hold slides to it alike.</summary>
internal static class SlideRules
{
    /// <summary>Opens a slide and looks at it.</summary>
    /// <param name="slide">The slide's path, which findings are about.</param>
    /// <param name="open">Opens it.</param>
    /// <param name="map">Which annotation group becomes which label.</param>
    /// <param name="needsScale">Whether it is read at a physical scale.</param>
    /// <param name="findings">Receives all that is wrong with it and all that is odd.</param>
    /// <returns>The slide, for the caller to dispose; null where it cannot be used.</returns>
    public static OpenedSlide? Open(string slide, Func<OpenedSlide> open, ClassMap map, bool needsScale, List<Finding> findings)
    {
        OpenedSlide opened;
        try
        {
            opened = open();
        }
        catch (SlideError error)
        {
            findings.Add(Finding.Of(slide, error));
            return null;
        }
        var found = new List<Finding>();
        if (Try(() => opened.Annotation) is { } annotation)
            Look(annotation);
        if (found.Count == 0 && Try(() => opened.Warnings) is { } warnings)
            Warn(warnings);
        if (needsScale)
            _ = Try(() => (object)opened.Scale);
        if (Try(() => opened.ScaleWarnings) is { } scale)
            Warn(scale);
        findings.AddRange(found);
        if (found.All(finding => finding.Level != FindingLevel.Error))
            return opened;
        opened.Dispose();
        return null;

        void Look(Annotation annotation)
        {
            Require(() => AnnotationCheck.RequireRegions(annotation));
            Require(() => AnnotationCheck.RequireKnownGroups(annotation, map));
            Require(() => AnnotationCheck.RequireInside(annotation, opened.Width, opened.Height));
        }

        void Warn(IEnumerable<string> warnings) => found.AddRange(warnings.Select(warning => new Finding(slide, FindingLevel.Warning, warning)));

        void Require(Action action) => _ = Try(() =>
        {
            action();
            return slide;
        });

        T? Try<T>(Func<T?> look) where T : class
        {
            try
            {
                return look();
            }
            catch (SlideError error)
            {
                found.Add(Finding.Of(slide, error));
                return null;
            }
        }
    }
}
