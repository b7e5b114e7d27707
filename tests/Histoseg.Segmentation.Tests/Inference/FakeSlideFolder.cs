using Histoseg.Segmentation.Inference;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>A folder of fake slides, whose text says whether they are good, and an output folder.</summary>
internal sealed class FakeSlideFolder : IDisposable
{
    private static readonly InferenceModel _model = new("fake-net", "model", "hash-1", ["background", "tumour", "gland"], 0.5, "CPU");
    private readonly TempFolder _folder = new();

    /// <summary>The slides that were opened, in order.</summary>
    public List<string> Opened { get; } = [];

    /// <summary>The lines told.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>The folder of slides.</summary>
    public string Slides => _folder["slides"];

    /// <summary>The output folder.</summary>
    public string Out => _folder["out"];

    /// <summary>Makes a slide.</summary>
    public string Slide(string name, string kind = "good") => _folder.Write($"slides/{name}", kind);

    /// <summary>Runs a batch over all slides.</summary>
    public BatchInferenceResult Run(BatchPart? part = null, SegmentationSettings? settings = null, Func<string, ISlide>? open = null, string? hash = null,
        CancellationToken cancellation = default) =>
        new BatchInference(FakeSegmenter.ByColour(32), hash is null ? _model : _model with { Hash = hash },
            settings ?? new() { Outputs = [OutputKinds.Csv], RetryFailed = false }, open ?? Open, note: Notes.Add)
            .Run([Slides], Out, part: part, cancellation: cancellation);

    /// <summary>Opens a slide.</summary>
    public ISlide Open(string path)
    {
        Opened.Add(Path.GetFileName(path));
        return File.ReadAllText(path) switch
        {
            "good" => new FakeSlide(100, 80, (_, _) => (200, 60, 160)) { Path = path },
            "partly" => new FakeSlide(100, 80, (_, _) => (200, 60, 160)) { Path = path, Corrupt = (90, 70, 100, 80) },
            "no scale" => new FakeSlide(100, 80, (_, _) => (200, 60, 160), mpp: null) { Path = path },
            "memory" => throw new OutOfMemoryException(),
            "gone" => throw new FileNotFoundException("Could not find file", path),
            "bug" => throw new InvalidOperationException("a bug"),
            _ => throw new SlideError($"{path}: no slide"),
        };
    }

    public void Dispose() => _folder.Dispose();
}
