namespace Histoseg.Slides.Labels;

/// <summary>A picture of labels: one channel of 8 bits in one or more levels.</summary>
/// <remarks>Thread-safe.</remarks>
internal interface ILabelPicture : IDisposable
{
    /// <summary>The levels, largest first; at least one.</summary>
    IReadOnlyList<SlideLevel> Levels { get; }

    /// <summary>Reads a rectangle that lies in a level.</summary>
    /// <param name="level">Index into <see cref="Levels"/>.</param>
    /// <param name="x">Left edge in this level's pixels.</param>
    /// <param name="y">Top edge in this level's pixels.</param>
    /// <param name="width">Width in this level's pixels.</param>
    /// <param name="height">Height in this level's pixels.</param>
    /// <returns>height × width labels.</returns>
    /// <exception cref="SlideError">The file is damaged.</exception>
    byte[] Read(int level, int x, int y, int width, int height);
}
