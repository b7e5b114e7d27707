using Histoseg.Segmentation.CleanUp;
using Histoseg.Slides;
using Histoseg.Slides.Output;
using Histoseg.Slides.Output.Polygons;

namespace Histoseg.Segmentation.Inference;

/// <summary>The output files of one slide: open together, put in place together, or gone together.</summary>
internal sealed class SlideOutputs : IDisposable
{
    private readonly List<(string Path, ILabelRows Rows)> _open = [];
    private readonly List<string> _placed = [];
    private readonly LabelCleanUp? _cleanUp;
    private readonly AreaCounter _areas;
    private readonly IReadOnlyList<string> _classNames;
    private bool _complete;

    /// <summary>Opens the files that are wanted; the label map is cleaned up before it reaches any of them.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="name">What the slide's files are called.</param>
    /// <param name="settings">Which files, how small objects and holes may be, how exact outlines are.</param>
    /// <param name="model">Its classes and their colours.</param>
    /// <param name="view">The slide as it is segmented.</param>
    /// <param name="part">The part of level 0 that polygons lie in and are counted from.</param>
    /// <param name="open">Opens a file.</param>
    /// <exception cref="WriteError">The folder does not take them.</exception>
    public SlideOutputs(string folder, string name, SegmentationSettings settings, InferenceModel model, SlideView view, Region part,
        Func<OutputRequest, ILabelRows> open)
    {
        (_areas, _classNames) = (new("", model.ClassNames, view.MicronsPerPixel), model.ClassNames);
        var cleanUp = CleanUpLimits.FromMm2(settings.MinObjectMm2, settings.FillHolesMm2, view.MicronsPerPixel);
        var labels = new List<ILabelRows> { _areas };
        try
        {
            foreach (var kind in settings.Outputs)
            {
                var path = Path.Combine(folder, kind.RelativePath(name));
                WriteError.Guard(path, () =>
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    var output = open(new(kind, path, view.Width, view.Height, view.MicronsPerPixel, view.Downsample, model.ClassNames)
                    {
                        Part = part,
                        View = view,
                        LeastOutline = settings.AllOutlines || cleanUp.MinObject > 0 ? 0 : PolygonLimits.UsualLeast,
                        SimplifyUm = settings.SimplifyUm,
                        Palette = model.Palette,
                        HasForeground = true,
                    });
                    var rows = new Guarded(path, output);
                    _open.Add((path, rows));
                    (kind.Takes switch { OutputRows.Shares => Shares, OutputRows.Foreground => Foreground, _ => labels }).Add(rows);
                    if (output is IForegroundTaker { Foreground: { } foreground })
                        Foreground.Add(new Guarded(path, foreground));
                });
            }
            if (cleanUp.Any)
                _cleanUp = new(view.Width, cleanUp, labels);
            Labels = _cleanUp is null ? labels : [_cleanUp];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Take the label map.</summary>
    public IReadOnlyList<ILabelRows> Labels { get; }

    /// <summary>mm² of each class but the background, by name, once complete.</summary>
    public IReadOnlyDictionary<string, double> ForegroundAreas =>
        Enumerable.Range(1, _classNames.Count - 1).ToDictionary(label => _classNames[label], label => _areas.SquareMillimetres((byte)label));

    /// <summary>Take the heat map.</summary>
    public List<ILabelRows> Foreground { get; } = [];

    /// <summary>Take the probabilities of all classes.</summary>
    public List<ILabelRows> Shares { get; } = [];

    /// <summary>What the user should know about the files, once complete: a line each.</summary>
    public IReadOnlyList<string> Notes => [.. _open.Where(output => output.Rows.Note is not null).Select(output => $"{output.Path}: {output.Rows.Note}")];

    /// <summary>Puts all files in place.</summary>
    public void Complete()
    {
        _cleanUp?.Complete();
        foreach (var (path, rows) in _open)
        {
            rows.Complete();
            _placed.Add(path);
        }
        _complete = true;
    }

    /// <summary>Closes the files; unless all are in place, none stays.</summary>
    public void Dispose()
    {
        foreach (var (_, rows) in _open)
            rows.Dispose();
        if (!_complete)
            foreach (var path in _placed)
                try
                {
                    File.Delete(path);
                }
                catch (Exception error) when (FileTrouble.Is(error))
                {
                    // What ended the slide is the error to tell; no note says that this file is complete.
                }
    }

    /// <summary>Tells trouble with the disk from trouble with the slide.</summary>
    private sealed class Guarded(string path, ILabelRows inner) : ILabelRows
    {
        public void Write(ReadOnlySpan<byte> rows)
        {
            try
            {
                inner.Write(rows);
            }
            catch (Exception error) when (WriteError.Is(error))
            {
                throw new WriteError(path, error);
            }
        }

        public string? Note => inner.Note;

        public void Complete() => WriteError.Guard(path, inner.Complete);

        public void Dispose() => inner.Dispose();
    }
}
