using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// All that decides a network's tensors but the number of classes: section <c>network</c> of a config, and part of every model description, checkpoint,
/// study result and exported file.
/// </summary>
/// <remarks>
/// This record is the table of keys: a property with its default, its range and a sentence, from which validation, <c>plan</c>, model cards, reports and
/// the sample config are made (<see cref="NetworkKeys"/>). A new key is one property here, and its use in the network that declares it
/// (<see cref="Network.Keys"/>).
/// </remarks>
public sealed record NetworkDescription
{
    /// <summary>What <see cref="Pretrained"/> is to begin with the weights of ImageNet that ship.</summary>
    public const string ImageNet = "imagenet";

    /// <summary>On one line, as <see cref="ToJson"/> writes.</summary>
    internal static readonly JsonSerializerOptions Compact = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        TypeInfoResolver = WithoutNulls,
    };

    /// <summary>Leaves keys of a network out of a file that have no value in it.</summary>
    internal static IJsonTypeInfoResolver WithoutNulls => new DefaultJsonTypeInfoResolver
    {
        Modifiers =
        {
            static type =>
            {
                if (type.Type == typeof(NetworkDescription))
                    foreach (var property in type.Properties)
                        property.ShouldSerialize = static (_, value) => value is not null;
            },
        },
    };

    /// <summary>Architecture, a name of <see cref="Network.Names"/>.</summary>
    [NetworkKey("which architecture, see docs/networks.md"), JsonRequired]
    public string Name { get; init; } = "resnet50-gicn-gpp";

    /// <summary>Channels of the first convolution; all others scale with it. 64 is the papers'; 1…1024.</summary>
    [NetworkKey("channels of the first convolution; 8 makes a slim network for a CPU", Least = 1, Most = 1024), JsonRequired]
    public int Width { get; init; } = 64;

    /// <summary>Length of the GICN's 1×k and k×1 kernels, or side of the k×k ones of <c>resnet50-cnn</c> and <c>resnet18-cnn</c>; odd, 1…15.</summary>
    [NetworkKey("length of the 1×k and k×1 kernels (resnet50-cnn, resnet18-cnn: side of the k×k ones)", Least = 1, Most = 15, Odd = true), JsonRequired]
    public int K { get; init; } = 7;

    /// <summary>Channels of the GICN path, 32 in the paper; 1…4096.</summary>
    [NetworkKey("channels of the GICN path", Label = "GICN channels", Least = 1, Most = 4096), JsonRequired]
    public int GicnChannels { get; init; } = 32;

    /// <summary>Pooling windows of the global pyramid.</summary>
    [NetworkKey("windows of the pyramid pooling; fixed: the paper's kernels 60, 30, 20, 10")]
    public GppPooling GppPooling { get; init; } = GppPooling.Adaptive;

    /// <summary>A fully connected CRF as the last layer, trained with the network; null: none.</summary>
    [NetworkKey("a fully connected CRF as the last layer, trained with the network")]
    public CrfSettings? Crf { get; init; }

    /// <summary>Numbers of a network's own, by the names it declares (<see cref="Network.Options"/>); null: the defaults of all.</summary>
    [NetworkKey("numbers that the network declares for itself, by name")]
    public IReadOnlyDictionary<string, double>? Options { get; init; }

    /// <summary>
    /// What training begins with: a file of the backbone with torchvision's names (ResNet-18, ResNet-50, VGG-16 with or without batch norm), safetensors or of
    /// PyTorch's <c>torch.save</c>; a model folder, run folder or checkpoint of this program, of the same network and width; <see cref="ImageNet"/>: the
    /// weights that ship, which are ResNet-18's; or null: random weights.
    /// </summary>
    [NetworkKey("imagenet (ships, for resnet18-*), a file with torchvision's names (.safetensors, .pth), or a model or run of one's own")]
    [ConfigPath(Or = ImageNet)]
    public string? Pretrained { get; init; }

    /// <summary>The same without where its first weights came from: two networks of equal tensors are equal.</summary>
    [JsonIgnore]
    public NetworkDescription Tensors => Pretrained is null ? this : this with { Pretrained = null };

    /// <summary>The same with the name alone of what its first weights came from: where that lay is nobody else's matter.</summary>
    internal NetworkDescription WithoutPath =>
        Pretrained is null ? this : this with { Pretrained = Path.GetFileName(Path.TrimEndingDirectorySeparator(Pretrained)) };

    /// <summary>Name and the keys that the network uses, in a line: <c>resnet50-gicn, width 8, k 7, GICN channels 8</c>.</summary>
    public string InWords() => $"{Name}, {KeysInWords()}";

    /// <summary>The same without the name.</summary>
    public string KeysInWords() => string.Join(", ", NetworkKeys.All.Select(key => key.InWords(this)).OfType<string>());

    /// <summary>On one line, as files keep it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Compact);

    /// <summary>Reads what <see cref="ToJson"/> gave, also of earlier versions, which lacked some keys.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static NetworkDescription FromJson(string json) =>
        JsonSerializer.Deserialize<NetworkDescription>(json, Compact) ?? throw new JsonException("it is empty");

    /// <summary>Whether both have equal keys, options of equal names and numbers included.</summary>
    public bool Equals(NetworkDescription? other) => other is not null && ToJson() == other.ToJson();

    /// <inheritdoc/>
    public override int GetHashCode() => ToJson().GetHashCode(StringComparison.Ordinal);
}
