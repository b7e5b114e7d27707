using Histoseg.Slides;
using Histoseg.Slides.Sampling;

namespace Histoseg.Training.Data;

/// <summary>The slides of a run: what is sampled from, and what is validated on. Who opened them keeps owning them.</summary>
/// <param name="Training">The slides to train on and their patches.</param>
/// <param name="Validation">The slides to validate on; empty when the manifest has none.</param>
/// <param name="Colours">The median colours of the slides to train on; null where none has tissue.</param>
/// <param name="ClassAreas">How much of the slides to train on is of each class, the background first, in pixels at the scale that is trained.</param>
internal sealed record TrainingData(SlideDataset Training, IReadOnlyList<DatasetSlide> Validation, ColourStatistics? Colours, IReadOnlyList<double> ClassAreas);
