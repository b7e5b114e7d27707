using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;

namespace Histoseg.Segmentation.Networks;

/// <summary>A segmentation network: records itself on a tape, from an RGB patch to logits at full resolution.</summary>
public abstract class Network
{
    private static readonly Dictionary<string, Func<NetworkSettings, Network>> Known = new()
    {
        ["resnet50-gicn-gpp"] = settings => new ResNet50GicnGpp(settings),
        ["resnet50-gicn"] = settings => new ResNet50Gicn(settings),
        ["resnet50-gpp"] = settings => new ResNet50Gpp(settings),
        ["resnet50-cnn"] = settings => new ResNet50Cnn(settings),
        ["fcn-vgg16"] = settings => new FcnVgg16(settings),
        ["unet"] = settings => new UNet(settings),
        ["segnet"] = settings => new SegNet(settings),
    };

    /// <summary>The architectures that can be asked for by name.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>What the names of a backbone's parameters begin with.</summary>
    public const string Backbone = "backbone.";

    /// <summary>Most channels of the first convolution.</summary>
    public const int MostWidth = 1024;

    /// <summary>Most channels of the GICN path.</summary>
    public const int MostGicnChannels = 4096;

    /// <summary>Longest kernel of the GICN, and of the plain convolution compared with it.</summary>
    public const int MostK = 15;

    /// <summary>What it was made from.</summary>
    public abstract NetworkSettings Settings { get; }

    /// <summary>Pixels of the input per pixel of the smallest map, pooled bins aside. Height and width of the input must be multiples of it.</summary>
    public abstract int OutputStride { get; }

    /// <summary>The network of these settings.</summary>
    /// <exception cref="EngineError">There is none of that name, or a setting is out of range.</exception>
    public static Network Create(NetworkSettings settings) =>
        WhatIsOutOfRange(settings) is { } wrong ? throw new EngineError(wrong) : Known[settings.Name](settings);

    /// <summary>What keeps a network from being made of these settings, in a line; null: nothing.</summary>
    public static string? WhatIsOutOfRange(NetworkSettings settings) =>
        settings.Name is null || !Known.ContainsKey(settings.Name) ? $"there is no network '{settings.Name}'; known are {string.Join(", ", Known.Keys)}"
        : settings.Classes is < 2 or > 255 ? Out($"{settings.Classes} classes", "2 to 255")
        : settings.Width is < 1 or > MostWidth ? Out($"width {settings.Width}", $"1 to {MostWidth}")
        : settings.GicnChannels is < 1 or > MostGicnChannels ? Out($"gicn_channels {settings.GicnChannels}", $"1 to {MostGicnChannels}")
        : settings.K is < 1 or > MostK || settings.K % 2 == 0 ? Out($"k {settings.K}", $"odd, 1 to {MostK}")
        : !Enum.IsDefined(settings.GppPooling) ? Out($"gpp_pooling {settings.GppPooling}", "adaptive or fixed")
        : settings.Crf?.WhatIsOutOfRange().FirstOrDefault() is { Key: not null } wrong ? Out(FormattableString.Invariant($"crf.{wrong.Key} {wrong.Value}"), FormattableString.Invariant($"{wrong.Least} to {wrong.Most}"))
        : null;

    private static string Out(string value, string range) => $"{value} is out of range: it is {range}";

    /// <summary>Records the network.</summary>
    /// <param name="layers">Where and for what.</param>
    /// <param name="image">(N, H, W, 3), normalised; H and W multiples of <see cref="OutputStride"/>.</param>
    /// <param name="colours">(N, H, W, 3) bytes: what <paramref name="image"/> was made of. Needed where <see cref="NetworkSettings.Crf"/> asks for a CRF.</param>
    /// <returns>Logits (N, H, W, classes).</returns>
    /// <exception cref="EngineError">H or W does not fit.</exception>
    public Value Record(Layers layers, Value image, Value? colours = null)
    {
        var s = image.Shape;
        if (s.C != 3 || s.H % OutputStride != 0 || s.W % OutputStride != 0)
            throw new EngineError($"network {Settings.Name}: the patch of {s.W}×{s.H} pixels must be a multiple of {OutputStride} in width and height");
        var logits = RecordCore(layers, image);
        return Settings.Crf is null ? logits
            : MeanFieldCrf.Record(layers, logits, colours ?? throw new ArgumentNullException(nameof(colours), "a CRF needs the colours"), Settings.Crf);
    }

    /// <summary>Records the network on an image whose size fits.</summary>
    protected abstract Value RecordCore(Layers layers, Value image);
}
