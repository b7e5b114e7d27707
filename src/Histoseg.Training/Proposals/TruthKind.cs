namespace Histoseg.Training.Proposals;

/// <summary>Files that tell what is where on a slide, the most telling first.</summary>
internal enum TruthKind
{
    /// <summary>Outlines with names: ASAP, ImageScope, HALO.</summary>
    Xml,
    /// <summary>Outlines with names: QuPath.</summary>
    Json,
    /// <summary>A picture of numbers.</summary>
    Mask,
}
