using Histoseg.Slides.Opening;
using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Checks;

/// <summary>How a dataset is to be used, as far as its check needs to know.</summary>
/// <param name="Slides">How its slides are looked at; without a scale to look at them at, that of slides does not matter.</param>
/// <param name="Grid">The patches that are sampled from.</param>
/// <param name="ValidationShare">Share of the patients that validate where no split is given.</param>
/// <param name="Seed">Of the splits.</param>
/// <param name="OverlayFolder">Where overlay pictures go, or null for none.</param>
internal sealed record DatasetCheckSettings(SlideSettings Slides, PatchGrid Grid, double ValidationShare = 0, int Seed = 1, string? OverlayFolder = null);
