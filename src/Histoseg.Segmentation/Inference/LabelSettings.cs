using System.Text.Json.Serialization;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>
/// What decides a slide's labels beside slide, model and the number type it computes in. All of it is part of the note that a slide is done,
/// <see cref="DoneKey"/>, which derives from this, as does what a slide is segmented by, <see cref="SlideSegmentationSettings"/>.
/// </summary>
public abstract record LabelSettings
{
    /// <summary>
    /// The share of a patch's side in common with its neighbour, 0 to 0.9. More costs time (0.5: four patches see every pixel) and hides the patches' edges
    /// better.
    /// </summary>
    public double Overlap { get; init; } = 0.5;

    /// <summary>Averages over the 8 flips and rotations: eight times the work.</summary>
    public bool Tta { get; init; }

    /// <summary>
    /// Whether the network's answers are refined by a fully connected CRF with fixed weights: as the model was opened (<see cref="ModelSettings.Crf"/>).
    /// </summary>
    [JsonInclude]
    public bool Crf { get; internal init; }

    /// <summary>Whether the network is computed as it is defined: as the model was opened (<see cref="ModelSettings.Exact"/>).</summary>
    [JsonInclude]
    public bool Exact { get; internal init; }

    /// <summary>A patch whose every pixel has R, G and B above this is white background and is not segmented. 255 segments every patch.</summary>
    public byte TissueThreshold { get; init; } = 220;

    /// <summary>What counts as tissue. With <see cref="TissueRule.Otsu"/> a patch without any tissue is background, whatever the threshold.</summary>
    public TissueRule TissueRule { get; init; }

    /// <summary>µm per level-0 pixel of every slide, whatever the files say; null: as the files say.</summary>
    public double? MppOverride { get; init; }

    /// <summary>Objects of the label map smaller than this, in mm², are removed; 0: none. See <see cref="CleanUp.LabelCleanUp"/>.</summary>
    public double MinObjectMm2 { get; init; }

    /// <summary>
    /// Whether objects have an outline however small they are. If not, and <see cref="MinObjectMm2"/> is 0, objects under 16 pixels of the label map have
    /// none, and neither have holes; the label map has them either way.
    /// </summary>
    public bool AllOutlines { get; init; }

    /// <summary>Holes in the label map's foreground smaller than this, in mm², are filled; 0: none.</summary>
    public double FillHolesMm2 { get; init; }

    /// <summary>
    /// How far outlines may lie from the edges of the label map's pixels, µm; 0: along them. Null: along them in GeoJSON, and by up to a pixel of the label
    /// map in the other kinds, which are for programs that take fewer corners.
    /// </summary>
    public double? SimplifyUm { get; init; }

    /// <summary>
    /// Where polygons are counted from on slides that tell which part the scanner scanned; <see cref="CoordinateOrigin.Auto"/>: from that part's corner, as
    /// QuPath does.
    /// </summary>
    public CoordinateOrigin PolygonOrigin { get; init; }
}
