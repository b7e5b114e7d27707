using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Sampling;

/// <summary>One slide of a dataset with its truth.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="View">The slide at the scale that is trained; the caller keeps owning it.</param>
/// <param name="Labels">The truth.</param>
internal sealed record DatasetSlide(string Name, SlideView View, ILabelSource Labels)
{
    /// <summary>Whose it is; the slide's name where nothing says.</summary>
    public string Patient { get; init; } = Name;
}
