using Histoseg.Slides.Annotations;
using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Checks;

/// <summary>The files of a dataset, looked at before a slide is opened: whether they are there, and what is in the annotations.</summary>
internal sealed class DatasetFiles
{
    private readonly Dictionary<string, Annotation> _annotations = [];
    private readonly List<Finding> _findings = [];

    private DatasetFiles()
    {
    }

    /// <summary>What is wrong, all of it at once.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Reads every annotation.</summary>
    /// <param name="manifest">What the dataset is called.</param>
    /// <param name="rows">The slides.</param>
    /// <param name="map">Which annotation group becomes which label.</param>
    /// <param name="cancel">Stops between files.</param>
    public static DatasetFiles Read(string manifest, IEnumerable<ManifestRow> rows, ClassMap map, CancellationToken cancel)
    {
        var files = new DatasetFiles();
        foreach (var row in rows)
        {
            cancel.ThrowIfCancellationRequested();
            files.Read(manifest, row);
        }
        if (UnknownGroups.In(files._annotations.Values, map) is { } groups)
            files._findings.Add(new(manifest, FindingLevel.Error, $"{manifest}: {groups.Message}") { Details = groups.Yaml });
        return files;
    }

    /// <summary>A slide's annotation; null where it has none or it could not be read.</summary>
    public Annotation? AnnotationOf(ManifestRow row) => row.Annotation is { } path ? _annotations.GetValueOrDefault(path) : null;

    private void Read(string manifest, ManifestRow row)
    {
        if (!Path.Exists(row.Slide))
            _findings.Add(new(row.Slide, FindingLevel.Error, $"{row.Slide}: no such file; {manifest} lists it"));
        if (row.Mask is { } mask && !Path.Exists(mask))
            _findings.Add(new(row.Slide, FindingLevel.Error, $"{mask}: no such file; {manifest} lists it as a mask"));
        if (row.Annotation is not { } annotation || _annotations.ContainsKey(annotation))
            return;
        try
        {
            _annotations[annotation] = AnnotationFile.Load(annotation);
        }
        catch (SlideError error)
        {
            _findings.Add(Finding.Of(row.Slide, error));
        }
    }
}
