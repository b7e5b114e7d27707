using Histoseg.Segmentation.Networks;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Models;

/// <summary>Everything about a trained model but its weights: the content of <c>model.json</c>.</summary>
public sealed record ModelDescription
{
    /// <summary>The version that is written. Version 1 had the network's keys beside the others; it is still read.</summary>
    internal const int Format = 2;

    /// <summary>The version of a model whose weights are in 8 bits, which programs that know none must not read.</summary>
    internal const int QuantisedFormat = 3;

    /// <summary>Version of the file's form.</summary>
    public int FormatVersion { get; init; } = Format;

    /// <summary>The network.</summary>
    public required NetworkDescription Network { get; init; }

    /// <summary>Number of classes, background included.</summary>
    public required int NumClasses { get; init; }

    /// <summary>Class names; the index is the label.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>Colours of classes by name, as #rrggbb; null, or none for a class: its usual colour.</summary>
    public IReadOnlyDictionary<string, string>? ClassColours { get; init; }

    /// <summary>Side of the square patch the network was trained on.</summary>
    public required int PatchSizePixels { get; init; }

    /// <summary>µm per pixel the network sees; null: the pictures' own pixels.</summary>
    public double? SpacingUmPx { get; init; }

    /// <summary>How colours become the network's input.</summary>
    public required Normalisation Normalisation { get; init; }

    /// <summary>What counts as tissue; patches without any are background.</summary>
    public TissueRule TissueRule { get; init; }

    /// <summary>Pixels brighter than this in all channels are background, by the rule <see cref="TissueRule.White"/>.</summary>
    public int TissueThreshold { get; init; } = 220;

    /// <summary>Updates made when the model was saved.</summary>
    public int Iteration { get; init; }

    /// <summary>What it was trained on, in words.</summary>
    public string TrainingData { get; init; } = "";

    /// <summary>The colours of the slides it was trained on, by the median of them; null: not known.</summary>
    public ColourStatistics? TrainingColours { get; init; }

    /// <summary>How it is run where its weights are in 8 bits; null: they are float32.</summary>
    public QuantisationDescription? Quantisation { get; init; }

    /// <summary>Measured scores by name, e.g. <c>dice_tumour</c>.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>The network, to be recorded.</summary>
    /// <exception cref="Engine.EngineError">A key is out of range.</exception>
    public Network CreateNetwork() => Networks.Network.Create(Network, NumClasses);
}
