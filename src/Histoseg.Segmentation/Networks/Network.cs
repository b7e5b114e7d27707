using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;

namespace Histoseg.Segmentation.Networks;

/// <summary>A segmentation network: records itself on a tape, from an RGB patch to logits at full resolution.</summary>
/// <param name="description">Its keys, within their ranges.</param>
/// <param name="classes">Number of classes, background included; 2…255.</param>
/// <remarks>
/// A network of one's own derives from this and is made known by <see cref="Register"/>; configs and models then name it as they name those that ship.
/// </remarks>
public abstract class Network(NetworkDescription description, int classes)
{
    private static readonly Lock Gate = new();

    private static readonly Dictionary<string, Func<NetworkDescription, int, Network>> Known = new()
    {
        ["resnet50-gicn-gpp"] = (description, classes) => new ResNetGicnGpp(description, classes, ResNetEncoder.ResNet50),
        ["resnet50-gicn"] = (description, classes) => new ResNetGicn(description, classes, ResNetEncoder.ResNet50),
        ["resnet50-gpp"] = (description, classes) => new ResNetGpp(description, classes, ResNetEncoder.ResNet50),
        ["resnet50-cnn"] = (description, classes) => new ResNetCnn(description, classes, ResNetEncoder.ResNet50),
        ["resnet18-gicn-gpp"] = (description, classes) => new ResNetGicnGpp(description, classes, ResNetEncoder.ResNet18),
        ["resnet18-gicn"] = (description, classes) => new ResNetGicn(description, classes, ResNetEncoder.ResNet18),
        ["resnet18-gpp"] = (description, classes) => new ResNetGpp(description, classes, ResNetEncoder.ResNet18),
        ["resnet18-cnn"] = (description, classes) => new ResNetCnn(description, classes, ResNetEncoder.ResNet18),
        ["resnet18-unet"] = (description, classes) => new ResNet18UNet(description, classes),
        ["fcn-vgg16"] = (description, classes) => new FcnVgg16(description, classes),
        ["unet"] = (description, classes) => new UNet(description, classes),
        ["segnet"] = (description, classes) => new SegNet(description, classes),
    };

    /// <summary>The architectures that can be asked for by name, in the order they were made known.</summary>
    public static IReadOnlyList<string> Names
    {
        get
        {
            lock (Gate)
                return [.. Known.Keys];
        }
    }

    /// <summary>What the names of a backbone's parameters begin with.</summary>
    public const string Backbone = "backbone.";

    /// <summary>What it was made from.</summary>
    public NetworkDescription Description { get; } = description;

    /// <summary>Number of classes, background included.</summary>
    public int Classes { get; } = classes;

    /// <summary>Pixels of the input per pixel of the smallest map, pooled bins aside. Height and width of the input must be multiples of it.</summary>
    public abstract int OutputStride { get; }

    /// <summary>
    /// Names of the properties of <see cref="NetworkDescription"/> that its tensors depend on, beside <see cref="NetworkDescription.Width"/> and the CRF's.
    /// </summary>
    public virtual IReadOnlyList<string> Keys => [];

    /// <summary>Numbers it declares for itself.</summary>
    public virtual IReadOnlyList<NetworkOption> Options => [];

    /// <summary>What the weights of ImageNet that ship for its backbone are called; null: there are none.</summary>
    internal virtual string? ImageNetWeights => null;

    /// <summary>Makes a network known by name, for this process.</summary>
    /// <param name="name">As configs and models will name it.</param>
    /// <param name="create">Makes it of a description and a number of classes. It is also asked to only to learn its keys and output stride, so it records
    /// nothing yet.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public static void Register(string name, Func<NetworkDescription, int, Network> create)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        lock (Gate)
            if (!Known.TryAdd(name, create))
                throw new ArgumentException($"there is a network '{name}' already; choose another name", nameof(name));
    }

    /// <summary>The network of a description.</summary>
    /// <param name="description">Its keys.</param>
    /// <param name="classes">Number of classes, background included.</param>
    /// <exception cref="EngineError">There is none of that name, or a key is out of range.</exception>
    public static Network Create(NetworkDescription description, int classes) =>
        WhatIsOutOfRange(description, classes) is { } wrong ? throw new EngineError(wrong) : Find(description.Name)!(description, classes);

    /// <summary>What keeps a network from being made, in a line; null: nothing.</summary>
    public static string? WhatIsOutOfRange(NetworkDescription description, int classes) =>
        description.Name is null || Find(description.Name) is not { } create ? $"there is no network '{description.Name}'; known are {string.Join(", ", Names)}"
        : classes is < 2 or > 255 ? Out($"{classes} classes", "2 to 255")
        : NetworkKeys.OutOfRange(description).FirstOrDefault() is { } key ? Out($"{key.Name} {key.ValueIn(description)}", key.Range)
        : create(description, classes).WrongOptions().Select(wrong => $"options.{wrong.Name} {wrong.What}").FirstOrDefault();

    /// <summary>Whether the network of a description depends on a key; unknown networks depend on all.</summary>
    internal static bool Uses(NetworkDescription description, string property) =>
        property switch
        {
            nameof(NetworkDescription.Name) => false,
            nameof(NetworkDescription.Width) or nameof(NetworkDescription.Crf) or nameof(NetworkDescription.Options)
                or nameof(NetworkDescription.Pretrained) => true,
            _ => Find(description.Name) is not { } create || create(description, 2).Keys.Contains(property),
        };

    /// <summary>Options of the description that it does not declare, or that are out of their range.</summary>
    internal IEnumerable<(string Name, string What)> WrongOptions()
    {
        foreach (var (name, value) in Description.Options ?? new Dictionary<string, double>())
        {
            if (Options.FirstOrDefault(option => option.Name == name) is not { } known)
            {
                var names = Options.Select(option => option.Name).ToList();
                yield return (name, $"is no option of {Description.Name}, which has {(names.Count == 0 ? "none" : string.Join(", ", names))}"
                    + NearestName.Hint(name, names));
            }
            else if (!(value >= known.Least && value <= known.Most))
                yield return (name, FormattableString.Invariant($"is {value}; it must be {known.Least} to {known.Most}"));
        }
    }

    /// <summary>Records the network.</summary>
    /// <param name="layers">Where and for what.</param>
    /// <param name="image">(N, H, W, 3), normalised; H and W multiples of <see cref="OutputStride"/>.</param>
    /// <param name="colours">(N, H, W, 3) bytes: what <paramref name="image"/> was made of. Needed where <see cref="NetworkDescription.Crf"/> asks for a
    /// CRF.</param>
    /// <returns>Logits (N, H, W, classes).</returns>
    /// <exception cref="EngineError">H or W does not fit.</exception>
    public Value Record(Layers layers, Value image, Value? colours = null)
    {
        var s = image.Shape;
        if (s.C != 3 || s.H % OutputStride != 0 || s.W % OutputStride != 0)
            throw new EngineError($"network {Description.Name}: the patch of {s.W}×{s.H} pixels must be a multiple of {OutputStride} in width and height");
        var logits = RecordCore(layers, image);
        return Description.Crf is null ? logits
            : MeanFieldCrf.Record(layers, logits, colours ?? throw new ArgumentNullException(nameof(colours), "a CRF needs the colours"), Description.Crf);
    }

    /// <summary>Records the network on an image whose size fits.</summary>
    /// <returns>Logits (N, H, W, classes).</returns>
    protected abstract Value RecordCore(Layers layers, Value image);

    /// <summary>An option's value: as given, else its default.</summary>
    protected double Option(string name) =>
        Description.Options?.TryGetValue(name, out var given) == true ? given : Options.First(option => option.Name == name).Default;

    private static string Out(string value, string range) => $"{value} is out of range: it is {range}";

    /// <summary>A network's name as its own, in whatever case it is written; what names none stays as it is.</summary>
    internal static string Canonical(string name) =>
        Names.Contains(name) ? name : Names.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? name;

    private static Func<NetworkDescription, int, Network>? Find(string name)
    {
        lock (Gate)
            return Known.GetValueOrDefault(name);
    }
}
