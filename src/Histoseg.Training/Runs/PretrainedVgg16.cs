using System.Globalization;
using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Training.Runs;

/// <summary>Makes the tensors of <see cref="Vgg16Encoder"/> and <see cref="FcnVgg16"/> of torchvision's <c>vgg16_bn</c> and <c>vgg16</c>.</summary>
/// <remarks>
/// Our convolutions are followed by a batch norm and have no bias. That of <c>vgg16_bn</c> moves into the norm's running mean; <c>vgg16</c>,
/// which has no norms, gets some that change nothing, with its bias as their shift. Either way the network evaluates as torchvision's does.
/// The first two layers of the classifier become conv6 and conv7 of FCN-32s (Long et al. 2015, section 3.1).
/// </remarks>
internal static class PretrainedVgg16
{
    private const int MostLayers = 64;

    private static readonly (string Layer, string Conv, string Norm, int Kernel)[] Classifier =
        [("classifier.0", "conv6.0", "conv6.1", 7), ("classifier.3", "conv7.0", "conv7.1", 1)];

    /// <summary>Names that the weights of torchvision's layers may have.</summary>
    public static IReadOnlySet<string> Names { get; } = Enumerable.Range(0, MostLayers).Select(layer => $"features.{layer}.weight")
        .Concat(Classifier.Select(one => $"{one.Layer}.weight")).ToHashSet();

    /// <summary>What is made of which tensors.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="prefix">What its names begin with.</param>
    /// <param name="given">Its tensors' extents by their names without the prefix.</param>
    /// <param name="values">The network's tensors.</param>
    /// <exception cref="EngineError">The file is no VGG-16, or of another width.</exception>
    public static List<Transfer> Transfers(string path, string prefix, IReadOnlyDictionary<string, long[]> given, IReadOnlyList<Value> values)
    {
        var convolutions = given.Where(tensor => tensor.Value.Length == 4)
            .Select(tensor => tensor.Key.Split('.') is ["features", var number, "weight"]
                && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var layer) ? layer : (int?)null)
            .OfType<int>().Order().ToList();
        var wanted = Vgg16Encoder.Names().ToList();
        if (convolutions.Count != wanted.Count)
            throw new EngineError($"{path}: has {convolutions.Count} convolutions features.N.weight and a VGG-16 has {wanted.Count}; "
                + "give the weights of torchvision's vgg16_bn or vgg16");
        var translation = new Translation(path, prefix, given, values.ToDictionary(value => value.Name));
        foreach (var (layer, (_, conv, norm)) in convolutions.Zip(wanted))
        {
            translation.AddConvolution($"features.{layer}", conv);
            translation.AddNorm($"features.{layer}", given.ContainsKey($"features.{layer + 1}.running_mean") ? $"features.{layer + 1}" : null, norm);
        }
        foreach (var (layer, conv, norm, kernel) in Classifier.Where(one => given.ContainsKey($"{one.Layer}.weight")))
            if (translation.AddConnected(layer, conv, kernel))
                translation.AddNorm(layer, null, norm);
        return translation.Transfers;
    }

    private sealed class Translation(string path, string prefix, IReadOnlyDictionary<string, long[]> given, Dictionary<string, Value> values)
    {
        public List<Transfer> Transfers { get; } = [];

        public void AddConvolution(string layer, string conv)
        {
            var name = $"{layer}.weight";
            PretrainedBackbone.RequireShape(path, prefix + name, given[name], values[$"{conv}.weight"]);
            Transfers.Add(Transfer.Of(values[$"{conv}.weight"], prefix + name));
        }

        /// <summary>A fully connected layer as a convolution; false: the network has none in its place.</summary>
        public bool AddConnected(string layer, string conv, int kernel)
        {
            if (!values.TryGetValue($"{conv}.weight", out var target))
                return false;
            var (name, outputs, inputs) = ($"{layer}.weight", target.Shape.N, target.Shape.C);
            if (given[name] is not [var rows, var columns] || rows != outputs || columns != (long)inputs * kernel * kernel)
                throw new EngineError($"{path}: tensor '{prefix}{name}' is [{string.Join(", ", given[name])}] and the network needs "
                    + $"[{outputs}, {inputs * kernel * kernel}]; the file belongs to another network or width");
            Transfers.Add(new(target, [prefix + name], read =>
            {
                var channelsLast = new float[read[0].Length];
                TorchLayout.ToEngine<float>(read[0], new Shape(outputs, kernel, kernel, inputs), channelsLast);
                return channelsLast;
            }));
            return true;
        }

        /// <summary>The norm after a layer: of the file's norm and the layer's bias, or, where there is no norm, of the bias alone.</summary>
        public void AddNorm(string layer, string? from, string norm)
        {
            var bias = $"{layer}.bias";
            void Add(string name, string source, string? second, Func<IReadOnlyList<float[]>, float[]> make)
            {
                var target = values[$"{norm}.{name}"];
                string[] sources = second is null ? [source] : [source, second];
                foreach (var one in sources)
                    PretrainedBackbone.RequireShape(path, prefix + one, given.TryGetValue(one, out var shape) ? shape
                        : throw new EngineError($"{path}: there is no tensor '{prefix}{one}'; the file is no VGG-16 of torchvision"), target);
                Transfers.Add(new(target, [.. sources.Select(one => prefix + one)], make));
            }
            Func<IReadOnlyList<float[]>, float[]> all(float value) => read => [.. Enumerable.Repeat(value, read[0].Length)];
            Func<IReadOnlyList<float[]>, float[]> itself = read => read[0];
            Add("weight", from is null ? bias : $"{from}.weight", null, from is null ? all(1) : itself);
            Add("bias", from is null ? bias : $"{from}.bias", null, itself);
            Add("running_mean", from is null ? bias : $"{from}.running_mean", from is null ? null : bias,
                from is null ? all(0) : read => [.. read[0].Zip(read[1], (mean, shift) => mean - shift)]);
            Add("running_var", from is null ? bias : $"{from}.running_var", null,
                from is null ? all((float)(1 - BatchNormRecording.DefaultEpsilon)) : itself);
        }
    }
}
