using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Labels;
using Histoseg.Slides.Opening;
using Histoseg.View.Sources;

namespace Histoseg.View.Slides;

/// <summary>A slide that is open, with its label map, heat map and truth.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SlideContent : IDisposable
{
    private readonly OpenedSlide _opened;
    private readonly Lock _lock = new();
    private readonly LabelPicture? _labels, _heat;
    private Annotation? _predicted;
    private readonly Lazy<(ILabelSource? Labels, string? Error)> _truth;

    /// <summary>Opens the files.</summary>
    /// <exception cref="SlideError">The slide or one of its maps cannot be read.</exception>
    public SlideContent(ViewedSlide slide)
    {
        Description = slide;
        _opened = OpenedSlide.Open(slide.Row, slide.Settings with { TargetMpp = null }, slide.Name);
        try
        {
            MicronsPerPixel = _opened.ScaleIfKnown?.MicronsPerPixel;
            _labels = slide.LabelMap is { } map ? new(map, LabelPictureKind.Prediction) : null;
            _heat = slide.HeatMap is { } heat ? new(heat, LabelPictureKind.Prediction) : null;
            var shown = _labels ?? _heat;
            Grid = shown is not null ? MapGrid.Of(shown.Levels, Picture.Levels[0]) : MapGrid.For(Picture.Levels[0], MicronsPerPixel);
            _truth = new(ReadTruth);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What it was opened from.</summary>
    public ViewedSlide Description { get; }

    /// <summary>The pixels.</summary>
    public ISlide Picture => _opened.Slide;

    /// <summary>µm per level-0 pixel; null: not known.</summary>
    public double? MicronsPerPixel { get; }

    /// <summary>The pixels of maps and truth.</summary>
    public MapGrid Grid { get; }

    /// <summary>Whether there is a label map.</summary>
    public bool HasLabels => _labels is not null;

    /// <summary>Whether there is a heat map of the same size as the label map.</summary>
    public bool HasHeat => _heat is not null && _heat.Levels.SequenceEqual(Grid.Levels);

    /// <summary>The truth in labels of the classes; null: there is none that fits them.</summary>
    public ILabelSource? Truth => _truth.Value.Labels;

    /// <summary>Why there is no truth though there is a file of it; null: nothing is wrong with it.</summary>
    public string? TruthError => _truth.Value.Error;

    /// <summary>The annotation, in level-0 pixels; null: there is none.</summary>
    /// <exception cref="SlideError">It cannot be read.</exception>
    public Annotation? Annotation
    {
        get
        {
            lock (_lock)
                return _opened.Annotation;
        }
    }

    /// <summary>The predicted polygons, in level-0 pixels; null: there are none.</summary>
    /// <exception cref="SlideError">The file cannot be read.</exception>
    public Annotation? Predicted
    {
        get
        {
            lock (_lock)
            {
                if (_predicted is null && Description.Outlines is { } file)
                {
                    // Placed as an annotation is: the file counts from the scanned part.
                    using var opened = OpenedSlide.Open(Description.Row with { Annotation = file, Mask = null, Region = null },
                        Description.Settings with { TargetMpp = null }, Description.Name);
                    _predicted = opened.Annotation;
                }
                return _predicted;
            }
        }
    }

    /// <summary>Predicted labels of a rectangle of a level of the grid.</summary>
    /// <exception cref="SlideError">The file is damaged there.</exception>
    public byte[] Labels(int level, Region part) => _labels!.Read(level, (int)part.X, (int)part.Y, part.Width, part.Height);

    /// <summary>The heat map's values there.</summary>
    /// <exception cref="SlideError">The file is damaged there.</exception>
    public byte[] Heat(int level, Region part) => _heat!.Read(level, (int)part.X, (int)part.Y, part.Width, part.Height);

    /// <summary>The true labels there.</summary>
    public byte[] TruthAt(int level, Region part)
    {
        var labels = new byte[part.Width * part.Height];
        Truth!.Paint((int)part.X, (int)part.Y, part.Width, part.Height, Grid.Across * Grid.Levels[level].Downsample, labels);
        return labels;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _labels?.Dispose();
        _heat?.Dispose();
        _opened.Dispose();
    }

    private (ILabelSource?, string?) ReadTruth()
    {
        if (Description.Classes.Count == 0 || (Description.Row.Annotation ?? Description.Row.Mask) is null)
            return (null, null);
        lock (_lock)
        {
            try
            {
                return (!Description.TruthByName ? _opened.Labels
                    : (_opened.Annotation is { } annotation ? ByName(annotation) : null) ?? (Description.Row.Mask is { } mask ? OfMask(mask) : null), null);
            }
            catch (SlideError error)
            {
                return (null, error.Message);
            }
        }
    }

    // Groups that are no class are painted nowhere; where none is, the annotation is no truth of these classes.
    private ILabelSource? ByName(Annotation annotation)
    {
        var map = Description.Settings.Map;
        var others = annotation.Groups.Except(map.Rules.SelectMany(rule => rule.Groups), StringComparer.OrdinalIgnoreCase).ToList();
        return others.Count == annotation.Groups.Count ? null
            : LabelSource.FromAnnotation(annotation, map with { IgnoredGroups = others }, _opened.Width, _opened.Height);
    }

    private MaskLabels OfMask(string path) => LabelSource.FromMask(path, Description.Classes, _opened.Width, _opened.Height);
}
