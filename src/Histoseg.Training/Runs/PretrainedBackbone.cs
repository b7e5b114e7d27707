using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Training.Runs;

/// <summary>
/// Begins with torchvision's names in a file of another program: a ResNet, or a VGG-16 with or without batch norm, wherever in the file it stands (see
/// <see cref="StatePrefix"/>). All of the backbone is taken; everything outside of it begins anew.
/// </summary>
/// <remarks>
/// <c>backbone.down.*</c>, which torchvision does not have, see <see cref="DownStart"/>; VGG-16: see <see cref="PretrainedVgg16"/>.
/// </remarks>
internal static class PretrainedBackbone
{
    /// <summary>Which tensors are taken.</summary>
    /// <param name="network">What the config asks for.</param>
    /// <param name="source">The file.</param>
    /// <param name="values">The network's tensors.</param>
    /// <exception cref="EngineError">The network has no backbone, or the file misses a tensor of it, has one of another shape, or is of a deeper
    /// network.</exception>
    public static WeightPlan Plan(NetworkDescription network, PretrainedSource source, IReadOnlyList<Value> values)
    {
        var (path, all) = (source.Path, source.File.Shapes);
        var backbone = values.Where(value => value.Name.StartsWith(Network.Backbone, StringComparison.Ordinal)
            && !value.Name.StartsWith(DownStart.Prefix, StringComparison.Ordinal)).ToDictionary(value => value.Name[Network.Backbone.Length..]);
        if (backbone.Count == 0)
            throw new EngineError($"{path}: {network.Name} has no backbone to load another program's weights into; leave network.pretrained out, "
                + "or give a model of this program");
        var isVgg = backbone.ContainsKey(Vgg16Encoder.Names().First().Conv[Network.Backbone.Length..] + ".weight");
        var prefix = StatePrefix.Best(all.Keys, isVgg ? PretrainedVgg16.Names : backbone.Keys.ToHashSet());
        var given = all.Where(tensor => tensor.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(tensor => tensor.Key[prefix.Length..], tensor => tensor.Value);
        var transfers = isVgg ? PretrainedVgg16.Transfers(path, prefix, given, values) : Named(network, path, prefix, given, backbone);

        var taken = transfers.SelectMany(transfer => transfer.Sources).ToHashSet();
        var left = all.Keys.Where(name => !taken.Contains(name)).ToList();
        var loaded = transfers.Select(transfer => transfer.Target.Name).ToHashSet();
        var anew = values.Where(value => !loaded.Contains(value.Name) && !value.Name.StartsWith(DownStart.Prefix, StringComparison.Ordinal)).ToList();
        var passes = values.Any(value => value.Name.StartsWith(DownStart.Prefix, StringComparison.Ordinal));
        return new(transfers,
        [
            $"pretrained: {Figures.Count(transfers.Count, "tensor")} loaded from {path}{(prefix.Length > 0 ? $" ({Visible.Line(prefix)}*)" : "")} "
                + "into the backbone",
            $"pretrained: left in it: {(left.Count == 0 ? "nothing" : $"{TensorGroups.InWords(left, prefix)}, which the backbone has no use for")}",
            $"pretrained: starts anew: {TensorGroups.InWords(anew.Select(value => value.Name))}, not in it"
                + (passes ? "; backbone.down, which no other network has, passes on what it gets" : ""),
        ]);
    }

    /// <summary>Makes sure that a tensor of a file is of the shape that a network has.</summary>
    /// <exception cref="EngineError">It is not.</exception>
    public static void RequireShape(string path, string name, ReadOnlySpan<long> given, Value target)
    {
        if (!given.SequenceEqual(TorchLayout.ShapeOf(target)))
            throw new EngineError($"{path}: tensor '{Visible.Line(name)}' is [{string.Join(", ", given.ToArray())}] and the network needs "
                + $"[{string.Join(", ", TorchLayout.ShapeOf(target))}]; the file belongs to another network or width, {ResNetEncoder.FullWidth} mostly: "
                + "set network.name and network.width, or leave network.pretrained out");
    }

    private static List<Transfer> Named(NetworkDescription network, string path, string prefix, Dictionary<string, long[]> given,
        Dictionary<string, Value> backbone)
    {
        if (ResNetKind.Of(backbone.Keys) is { } needed && ResNetKind.Of(given.Keys) is { } kind && kind != needed)
            throw new EngineError($"{path}: holds a {kind}, and {network.Name} has a {needed}; give a file of that, or set network.name");
        if (!backbone.Keys.Any(given.ContainsKey))
            throw new EngineError($"{path}: none of its {given.Count} tensors is one of the backbone's, such as '{backbone.Keys.First()}'; the file is of "
                + $"another network, with '{TensorGroups.Shown(given.Keys.FirstOrDefault(""))}'");
        foreach (var (name, value) in backbone)
        {
            if (!given.TryGetValue(name, out var shape))
                throw new EngineError($"{path}: there is no tensor '{Visible.Line(prefix)}{name}'; the file belongs to another network");
            RequireShape(path, prefix + name, shape, value);
        }
        return [.. backbone.Select(one => Transfer.Of(one.Value, prefix + one.Key))];
    }
}
