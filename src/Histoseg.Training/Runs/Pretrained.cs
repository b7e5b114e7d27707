using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Training.Runs;

/// <summary>Weights made elsewhere.</summary>
internal static class Pretrained
{
    /// <summary>
    /// Loads torchvision's weights (safetensors, torchvision's names) into the network's backbone: a ResNet, or a VGG-16 with or without batch norm.
    /// </summary>
    /// <remarks>
    /// ResNet: the classifier <c>fc.*</c> is left out; <c>backbone.down.*</c>, which torchvision does not have, see <see cref="DownStart"/>.
    /// VGG-16: see <see cref="PretrainedVgg16"/>.
    /// </remarks>
    /// <param name="network">Of which <see cref="NetworkDescription.Pretrained"/> is given.</param>
    /// <param name="program">The network, initialised.</param>
    /// <returns>Number of tensors loaded.</returns>
    /// <exception cref="EngineError">The file is damaged, misses a tensor of the backbone, or has another width; or the network has no backbone.</exception>
    public static int LoadBackbone(NetworkDescription network, Program<float> program)
    {
        var path = network.Pretrained!;
        var names = program.Tape.Values.Where(value => value.Name.StartsWith(Network.Backbone, StringComparison.Ordinal))
            .Select(value => value.Name).ToHashSet();
        if (names.Count == 0)
            throw new EngineError($"{path}: this network has no backbone to load weights into; leave network.pretrained out");
        using var file = path == NetworkDescription.ImageNet ? ImageNetWeights.Open(network) : SafeTensors.Open(path);
        var given = ParameterSet<float>.Load(file);
        var set = names.Contains(Vgg16Encoder.Names().First().Conv + ".weight")
            ? PretrainedVgg16.Translate(given, path)
            : given.Renamed(name => Network.Backbone + name);
        bool Wanted(Value value) => ParameterSet<float>.IsModel(value)
            && (set.Names.Contains(value.Name)
                || value.Name.StartsWith(Network.Backbone, StringComparison.Ordinal) && !value.Name.StartsWith(DownStart.Prefix, StringComparison.Ordinal));
        set.CopyTo(program, path, Wanted);
        DownStart.PassThrough(program);
        return program.Tape.Values.Count(Wanted);
    }
}
