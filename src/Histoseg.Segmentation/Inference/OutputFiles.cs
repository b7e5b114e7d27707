using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Inference;

/// <summary>The writers of inference's output files.</summary>
public static class OutputFiles
{
    /// <summary>Opens the writer of one output file.</summary>
    /// <exception cref="Histoseg.Slides.SlideError">The file cannot be written.</exception>
    public static ILabelRows Open(OutputRequest request) => request.Kind switch
    {
        InferenceOutputs.Mask => new PyramidWriter(request.Path, request.Width, request.Height, request.MicronsPerPixel, PyramidKind.Labels),
        InferenceOutputs.Heatmap => new PyramidWriter(request.Path, request.Width, request.Height, request.MicronsPerPixel, PyramidKind.Grey8),
        InferenceOutputs.GeoJson => new PolygonWriter(request.Path, request.Width, request.Height, request.Downsample, request.ClassNames, request.MicronsPerPixel / request.Downsample),
        InferenceOutputs.Csv => new AreaCounter(request.Path, request.ClassNames, request.MicronsPerPixel),
        _ => throw new ArgumentOutOfRangeException(nameof(request), request.Kind, "not a single kind of output"),
    };
}
