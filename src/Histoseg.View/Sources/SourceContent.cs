namespace Histoseg.View.Sources;

/// <summary>What a source has at present.</summary>
/// <param name="Title">What it is, in a line.</param>
/// <param name="Slides">Its slides.</param>
/// <param name="IsRunning">Whether a program is at work on it.</param>
internal sealed record SourceContent(string Title, IReadOnlyList<ViewedSlide> Slides, bool IsRunning);
