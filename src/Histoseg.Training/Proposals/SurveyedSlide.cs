using Histoseg.Slides;
using Histoseg.Slides.Sampling;

namespace Histoseg.Training.Proposals;

/// <summary>What one slide and its truth show.</summary>
/// <param name="Row">The slide.</param>
/// <param name="Width">Level-0 pixels.</param>
/// <param name="Height">Level-0 pixels.</param>
/// <param name="Scale">µm per level-0 pixel; null where nothing tells it.</param>
/// <param name="Program">What drew its annotation, or that it is a mask; empty: it has neither.</param>
/// <param name="Groups">What is drawn.</param>
/// <param name="Warnings">What is odd, a line each.</param>
internal sealed record SurveyedSlide(
    ManifestRow Row, int Width, int Height, SlideScale? Scale, string Program, IReadOnlyList<SurveyedGroup> Groups, IReadOnlyList<string> Warnings);

/// <summary>A group of regions of one slide.</summary>
/// <param name="Name">The annotation group, or the mask's value.</param>
/// <param name="Value">The mask's value; null: a group of an annotation.</param>
/// <param name="Areas">The area of each region in level-0 pixels.</param>
internal sealed record SurveyedGroup(string Name, int? Value, IReadOnlyList<double> Areas);
