using Histoseg.Segmentation.CleanUp;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
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

    /// <summary>
    /// Opens the files wanted under <paramref name="folder"/>; the label map is cleaned up before it reaches any of them. Where that removes no objects and
    /// <paramref name="allOutlines"/> is false, the smallest get no outline. Polygons lie in
    /// <paramref name="part"/> of level 0 and are counted from its corner; null: in all of it.
    /// </summary>
    public SlideOutputs(string folder, string name, IReadOnlyList<OutputKind> kinds, CleanUpLimits cleanUp, SlideView view, IReadOnlyList<string> classNames,
        Func<OutputRequest, ILabelRows> open, Region? part = null, bool allOutlines = false, double? simplifyUm = null, ClassPalette? palette = null)
    {
        (_areas, _classNames) = (new("", classNames, view.MicronsPerPixel), classNames);
        var labels = new List<ILabelRows> { _areas };
        try
        {
            foreach (var kind in kinds)
            {
                var path = Path.Combine(folder, kind.RelativePath(name));
                WriteError.Guard(path, () =>
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    var output = open(new(kind, path, view.Width, view.Height, view.MicronsPerPixel, view.Downsample, classNames)
                    {
                        Part = part,
                        View = view,
                        LeastOutline = allOutlines || cleanUp.MinObject > 0 ? 0 : PolygonLimits.UsualLeast,
                        SimplifyUm = simplifyUm,
                        Palette = palette ?? ClassPalette.Usual,
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
                File.Delete(path);
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
