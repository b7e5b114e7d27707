using Histoseg.Slides;
using Histoseg.Slides.Labels;

namespace Histoseg.Segmentation.Evaluation.Froc;

/// <summary>A slide's detections: from a list, or found in its label and heat map while the label map is read, and then written as a list.</summary>
internal sealed class DetectionSource : IDisposable
{
    private readonly string _list; // its file's name
    private readonly IReadOnlyList<Detection>? _given;
    private readonly double _downsample;
    private readonly LabelPicture? _heat;
    private readonly DetectionFinder? _finder;

    private DetectionSource(string list, IReadOnlyList<Detection> given) => (_list, _given) = (list, given);

    private DetectionSource(string list, byte label, LabelPicture heat, double downsample) =>
        (_list, _finder, _heat, _downsample) = (list, new(label), heat, downsample);

    /// <summary>Opens the heat map beside a label map, or the slide's list.</summary>
    /// <exception cref="SlideError">There is none, or it is of another slide.</exception>
    public static DetectionSource Open(FrocSettings settings, string prediction, string name, LabelPicture labels, double downsample)
    {
        if (settings.Detections is { } folder)
            return new(name + ".csv", DetectionList.Read(Path.Combine(folder, name + ".csv")));
        var path = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(prediction))) ?? "", "heatmaps", Path.GetFileName(prediction));
        if (!File.Exists(path))
            throw new SlideError($"{path}: no such heat map, which a lesion FROC takes its confidences from; segment the slides with label and heat maps, "
                + "or give lists of detections")
            { Remedy = Remedy.MakeHeatMaps };
        var heat = new LabelPicture(path, LabelPictureKind.Prediction);
        if ((heat.Width, heat.Height) == (labels.Width, labels.Height))
            return new(name + ".csv", settings.Class, heat, downsample);
        var size = $"{heat.Width} × {heat.Height}";
        heat.Dispose();
        throw new SlideError($"{path}: the heat map has {size} pixels and the label map {labels.Width} × {labels.Height}; segment the slide again");
    }

    /// <summary>Takes rows of the label map that begin at row <paramref name="y"/>, in order.</summary>
    public void Add(int y, ReadOnlySpan<byte> labels)
    {
        if (_finder is null)
            return;
        var width = _heat!.Width;
        var heat = _heat.ReadRows(y, labels.Length / width);
        for (var at = 0; at < labels.Length; at += width)
            _finder.Add(labels.Slice(at, width), heat.AsSpan(at, width));
    }

    /// <summary>The detections, once all rows are in; those found are written under <paramref name="outputFolder"/>.</summary>
    public IReadOnlyList<Detection> Take(string outputFolder)
    {
        if (_given is not null)
            return _given;
        var found = _finder!.Detections(_downsample);
        DetectionList.Write(Path.Combine(outputFolder, "detections", _list), found);
        return found;
    }

    /// <summary>Closes the heat map.</summary>
    public void Dispose() => _heat?.Dispose();
}
