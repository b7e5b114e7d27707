using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Inference;

/// <summary>One output file of a slide, to be opened.</summary>
/// <param name="Kind">What it is; a single flag.</param>
/// <param name="Path">Where it goes.</param>
/// <param name="Width">Width of the label map in pixels.</param>
/// <param name="Height">Height of the label map in pixels.</param>
/// <param name="MicronsPerPixel">µm per pixel of the label map.</param>
/// <param name="Downsample">Level-0 pixels per pixel of the label map.</param>
/// <param name="ClassNames">Class names; the index is the label.</param>
public sealed record OutputRequest(InferenceOutputs Kind, string Path, int Width, int Height, double MicronsPerPixel, double Downsample, IReadOnlyList<string> ClassNames);

/// <summary>Opens the writer of an output file.</summary>
public delegate ILabelRows OutputOpener(OutputRequest request);
