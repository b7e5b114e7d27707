using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;

namespace Histoseg.Segmentation.Inference;

/// <summary>What inference records and checks of a model besides running it.</summary>
/// <param name="Network">The network's name, e.g. <c>resnet50-gicn-gpp</c>.</param>
/// <param name="Folder">The model folder, whatever folder one looks from.</param>
/// <param name="Hash">Tells models apart, see <see cref="HashFiles"/>.</param>
/// <param name="ClassNames">Class names; the index is the label.</param>
/// <param name="MicronsPerPixel">µm per pixel the model works at.</param>
/// <param name="Device">Where it runs, in words.</param>
/// <param name="TrainingColours">The colours of the slides it was trained on; null: not known.</param>
/// <param name="ClassColours">Colours of classes by name, as #rrggbb; null: the usual ones.</param>
internal sealed record InferenceModel(
    string Network,
    string Folder,
    string Hash,
    IReadOnlyList<string> ClassNames,
    double MicronsPerPixel,
    string Device,
    ColourStatistics? TrainingColours = null,
    IReadOnlyDictionary<string, string>? ClassColours = null)
{
    /// <summary>A colour for each class.</summary>
    [JsonIgnore]
    public ClassPalette Palette => ClassPalette.Of(ClassNames, ClassColours);

    /// <summary>SHA-256 over the contents of files, in the order given, as lower-case hex.</summary>
    public static string HashFiles(params IEnumerable<string> paths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths)
        {
            using var file = File.OpenRead(path);
            hash.AppendData(SHA256.HashData(file));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
