namespace Histoseg.Segmentation.CleanUp;

/// <summary>Equal neighbours in a row of a label map: pixels <paramref name="Start"/> up to and not including <paramref name="End"/>. The runs of a row cover it and differ from one to the next.</summary>
/// <param name="Start">The first pixel.</param>
/// <param name="End">The pixel after the last.</param>
/// <param name="Label">0 to 255, or <see cref="Removed"/>.</param>
internal readonly record struct MapRun(int Start, int End, int Label)
{
    /// <summary>Stands for pixels of removed objects until they get the label that surrounds them; no label of a map.</summary>
    public const int Removed = 256;
}
