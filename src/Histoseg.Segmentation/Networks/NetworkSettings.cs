using System.Text.Json.Serialization;
using Histoseg.Segmentation.Training;

namespace Histoseg.Segmentation.Networks;

/// <summary>All that decides a network's tensors: which architecture, how wide, how many classes. Saved with every model and checkpoint.</summary>
/// <param name="Name">Architecture, a name of <see cref="Network.Names"/>.</param>
/// <param name="Classes">Number of classes, background included; at least 2.</param>
/// <param name="Width">Channels of the first convolution, 64 in the paper; at least 1.</param>
/// <param name="K">Length of the GICN's kernels, or side of those of <c>resnet50-cnn</c>; odd, 1…15.</param>
/// <param name="GicnChannels">Channels of the GICN path, 32 in the paper.</param>
/// <param name="GppPooling">Pooling windows of the global pyramid.</param>
/// <param name="Crf">A CRF as the last layer; null: none. Left out of files where there is none, as in those of before there were any.</param>
public sealed record NetworkSettings(string Name, int Classes, int Width = 64, int K = 7, int GicnChannels = 32, GppPooling GppPooling = GppPooling.Adaptive,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CrfSettings? Crf = null)
{
    /// <summary>The settings a training config asks for.</summary>
    public static NetworkSettings From(TrainConfig config) => new(config.Network.Name, config.Data.Classes.Count, config.Network.Width,
        config.Network.K, config.Network.GicnChannels, config.Network.GppPooling, config.Network.Crf);
}
