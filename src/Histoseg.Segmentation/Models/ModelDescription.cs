using System.Text.Json.Serialization;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Models;

/// <summary>Everything about a trained model but its weights: the content of <c>model.json</c>.</summary>
public sealed record ModelDescription
{
    /// <summary>Version of this file's form.</summary>
    public int FormatVersion { get; init; } = 1;

    /// <summary>Network name.</summary>
    public required string Network { get; init; }

    /// <summary>Number of classes, background included.</summary>
    public required int NumClasses { get; init; }

    /// <summary>Class names; the index is the label.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>Side of the square patch the network was trained on.</summary>
    public required int PatchSizePixels { get; init; }

    /// <summary>µm per pixel the network sees; null: the pictures' own pixels.</summary>
    public double? SpacingUmPx { get; init; }

    /// <summary>How colours become the network's input.</summary>
    public required Normalisation Normalisation { get; init; }

    /// <summary>Channels of the first convolution.</summary>
    public required int Width { get; init; }

    /// <summary>Length of the GICN's kernels.</summary>
    public required int K { get; init; }

    /// <summary>Channels of the GICN path.</summary>
    public required int GicnChannels { get; init; }

    /// <summary>Pooling windows of the global pyramid.</summary>
    public Training.GppPooling GppPooling { get; init; }

    /// <summary>The CRF that is the network's last layer; null: it has none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CrfSettings? Crf { get; init; }

    /// <summary>What counts as tissue; patches without any are background.</summary>
    public TissueRule TissueRule { get; init; }

    /// <summary>Pixels brighter than this in all channels are background, by the rule <see cref="TissueRule.White"/>.</summary>
    public int TissueThreshold { get; init; } = 220;

    /// <summary>Updates made when the model was saved.</summary>
    public int Iteration { get; init; }

    /// <summary>What it was trained on, in words.</summary>
    public string TrainingData { get; init; } = "";

    /// <summary>Measured scores by name, e.g. <c>dice_tumour</c>.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>What decides the network's tensors.</summary>
    public NetworkSettings ToNetworkSettings() => new(Network, NumClasses, Width, K, GicnChannels, GppPooling, Crf);
}
