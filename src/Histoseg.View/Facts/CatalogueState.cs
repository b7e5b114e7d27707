using Histoseg.View.Sources;

namespace Histoseg.View.Facts;

/// <summary>What a catalogue has at a moment.</summary>
/// <param name="Titles">The sources, a line each.</param>
/// <param name="Slides">All slides, in the sources' order.</param>
/// <param name="IsRunning">Whether a program is at work on one of them.</param>
/// <param name="Problem">Why this is not what there is now but what there was; null: it is.</param>
internal sealed record CatalogueState(IReadOnlyList<string> Titles, IReadOnlyList<ViewedSlide> Slides, bool IsRunning, string? Problem);
