namespace Histoseg.Slides;

/// <summary>What counts as tissue.</summary>
public enum TissueRule
{
    /// <summary>The paper's: a pixel is background when its R, G and B all exceed a threshold (<see cref="Slides.Tissue"/>).</summary>
    White,
    /// <summary>
    /// Otsu's threshold on the colourfulness of the whole slide (<see cref="TissueMask"/>): also grey glass, shadows and dust are background.
    /// </summary>
    Otsu,
}
