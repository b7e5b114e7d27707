using Histoseg.Slides.Annotations;
using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Opening;

/// <summary>One slide of a task, open: its pixels, its scale, the view at the scale wanted and its truth.</summary>
/// <remarks>
/// All but the pixels is made when first asked for, so that who does not need a slide's scale or truth does not fail for want of it,
/// and who needs both says which is missing first. Not thread-safe; what it gives is.
/// </remarks>
internal sealed class OpenedSlide : IDisposable
{
    private readonly ManifestRow _row;
    private readonly SlideSettings _settings;
    private SlideView? _view;
    private ILabelSource? _labels;
    private IReadOnlyList<string> _warnings = [];
    private IReadOnlyList<string> _placement = [];
    private Annotation? _asWritten;
    private Annotation? _annotation;

    private OpenedSlide(ManifestRow row, string name, SlideSettings settings, ISlide slide) => (_row, Name, _settings, Slide) = (row, name, settings, slide);

    /// <summary>What messages and files call it.</summary>
    public string Name { get; }

    /// <summary>The pixels; disposed with this.</summary>
    public ISlide Slide { get; }

    /// <summary>Level-0 pixels.</summary>
    public int Width => Slide.Levels[0].Width;

    /// <summary>Level-0 pixels.</summary>
    public int Height => Slide.Levels[0].Height;

    /// <summary>The scale: of the settings, its row, or the slide.</summary>
    /// <exception cref="SlideError">None tells it, or it is not positive.</exception>
    public SlideScale Scale => SlideScale.Resolve(Slide, _row.Mpp, _settings.OverrideMpp, _row.AssumedMpp);

    /// <summary>The same; null where none tells it.</summary>
    /// <exception cref="SlideError">It is not positive.</exception>
    public SlideScale? ScaleIfKnown => (_settings.OverrideMpp ?? _row.Mpp ?? Slide.MicronsPerPixel ?? _row.AssumedMpp) is null ? null : Scale;

    /// <summary>What is odd about its scale; see <see cref="SlideScale.Warnings"/>.</summary>
    /// <exception cref="SlideError">It is not positive.</exception>
    public IReadOnlyList<string> ScaleWarnings => [.. ScaleIfKnown?.Warnings(Slide) ?? []];

    /// <summary>The slide at the settings' scale, or at its own pixels where they give none (1 stands for the scale then).</summary>
    /// <exception cref="SlideError">As of <see cref="Scale"/>; never at its own pixels.</exception>
    public SlideView View => _view ??= _settings.TargetMpp is { } mpp ? new(Slide, Scale.MicronsPerPixel, mpp) : new(Slide, 1, 1);

    /// <summary>The truth: its annotation, its mask, or background throughout.</summary>
    /// <exception cref="SlideError">The annotation or mask is missing or wrong.</exception>
    public ILabelSource Labels => _labels ??= ReadLabels();

    /// <summary>Its annotation, counted from the slide's corner wherever the file counts from; null where it has none.</summary>
    /// <exception cref="SlideError">The file is missing or wrong.</exception>
    public Annotation? Annotation => _annotation ??= _row.Annotation is null ? null : Placed(_asWritten ?? AnnotationFile.Load(_row.Annotation));

    /// <summary>
    /// What is worth a look about the truth though no error: where it is counted from if there is a choice, what was left out of an annotation, what reaches
    /// over the slide's edge.
    /// </summary>
    /// <exception cref="SlideError">As of <see cref="Labels"/>.</exception>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            _ = Labels;
            return _warnings;
        }
    }

    /// <summary>Opens a slide of a dataset.</summary>
    /// <param name="row">The slide with its truth and, where it does not tell it, its scale.</param>
    /// <param name="settings">How it is looked at.</param>
    /// <param name="name">What messages and files call it; null: its file's name without extension.</param>
    /// <param name="annotation">Its annotation where it has been read already; null: it is read when it is asked for.</param>
    /// <param name="open">Opens the file; null: <see cref="SlideFile.Open"/>.</param>
    /// <exception cref="SlideError">It cannot be opened.</exception>
    public static OpenedSlide Open(ManifestRow row, SlideSettings settings, string? name = null, Annotation? annotation = null,
        Func<string, ISlide>? open = null) =>
        new(row, name ?? Path.GetFileNameWithoutExtension(row.Slide), settings, open is null ? SlideFile.Open(row.Slide, settings.Limit) : open(row.Slide))
        { _asWritten = annotation };

    /// <summary>Opens a slide that has no truth.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">How it is looked at.</param>
    /// <param name="open">Opens the file; null: <see cref="SlideFile.Open"/>.</param>
    /// <exception cref="SlideError">It cannot be opened.</exception>
    public static OpenedSlide Open(string path, SlideSettings settings, Func<string, ISlide>? open = null)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        return new(new ManifestRow(path, null, null, null, name, null), name, settings, open is null ? SlideFile.Open(path, settings.Limit) : open(path));
    }

    /// <inheritdoc/>
    public void Dispose() => Slide.Dispose();

    // Where all of the slide was scanned, the two corners are one.
    private Region? Bounds => Slide.Bounds is { } part && part != new Region(0, 0, Width, Height) ? part : null;

    private ILabelSource ReadLabels() =>
        Annotation is { } annotation ? ReadAnnotation(annotation)
        : _row.Mask is { } mask ? ReadMask(mask)
        : LabelSource.Background(Width, Height);

    private MaskLabels ReadMask(string path)
    {
        var mask = LabelSource.FromMask(path, _settings.Map.Classes, Width, Height, _settings.MaskValues, Bounds, _settings.Origin);
        if (Bounds is { } part)
            _warnings = [$"{path}: the mask covers {(mask.Frame == new SlideFrame(Width, Height) ? "the whole slide" : Scanned(part))}"];
        return mask;
    }

    private Annotation Placed(Annotation annotation)
    {
        if (Bounds is not { } part)
            return annotation;
        var moved = _settings.Origin switch
        {
            CoordinateOrigin.Slide => false,
            CoordinateOrigin.Bounds => true,
            _ => annotation.CountsFromBounds,
        };
        _placement = [moved
            ? $"{annotation.Path}: coordinates are counted from the corner of {Scanned(part)}"
                + (_settings.Origin == CoordinateOrigin.Auto ? ", as QuPath does" : "")
            : $"{annotation.Path}: coordinates are counted from the slide's corner, not from that of {Scanned(part)}"];
        return moved ? annotation.Moved(part.X, part.Y) : annotation;
    }

    private ILabelSource ReadAnnotation(Annotation annotation)
    {
        var lacks = _row.Region is { } wanted && !annotation.Groups.Contains(wanted, StringComparer.OrdinalIgnoreCase);
        var map = _row.Region is { } region ? _settings.Map with { RegionsOfInterest = [region] } : _settings.Map;
        var labels = lacks ? LabelSource.Nothing : LabelSource.FromAnnotation(annotation, map, Width, Height);
        _warnings = [.. _placement, .. annotation.Warnings, .. AnnotationCheck.RequireInside(annotation, Width, Height)];
        if (lacks)
            _warnings = [.. _warnings, $"{annotation.Path}: nothing in it is '{_row.Region}' (yet), so nothing of the slide counts"];
        return labels;
    }

    private string Scanned(Region part) => $"the scanned part ({part.Width} × {part.Height} pixels at {part.X}, {part.Y} of {Width} × {Height})";
}
