namespace Histoseg.Segmentation.Evaluation.Froc;

/// <summary>A lesion of the truth.</summary>
/// <param name="MajorAxis">The long axis of the ellipse of the same second moments, in µm, of the region with its seam.</param>
internal readonly record struct Lesion(double MajorAxis)
{
    /// <summary>200 µm, up to which isolated tumour cells reach, and the seam on both sides: a longer axis is a lesion that counts.</summary>
    public const double LeastAxis = 200 + 2 * LesionMap.Seam;

    /// <summary>Whether these are isolated tumour cells, which neither count nor can be hit.</summary>
    public bool IsIsolated => MajorAxis < LeastAxis;
}
