using System.Globalization;
using Histoseg.Engine;
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
    private static readonly (string Layer, string Conv, string Norm, int Kernel)[] Classifier =
        [("classifier.0", "conv6.0", "conv6.1", 7), ("classifier.3", "conv7.0", "conv7.1", 1)];

    /// <summary>The tensors under the names of our networks.</summary>
    /// <param name="given">What the file holds.</param>
    /// <param name="path">Where it came from, for errors.</param>
    /// <exception cref="EngineError">The file is no VGG-16.</exception>
    public static ParameterSet<float> Translate(ParameterSet<float> given, string path)
    {
        var result = new ParameterSet<float>();
        var convolutions = given.Names.Where(name => given.ShapeOf(name).Length == 4)
            .Select(name => name.Split('.') is ["features", var number, "weight"]
                && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var layer) ? layer : (int?)null)
            .OfType<int>().Order().ToList();
        var wanted = Vgg16Encoder.Names().ToList();
        if (convolutions.Count != wanted.Count)
            throw new EngineError($"{path}: has {convolutions.Count} convolutions features.N.weight and a VGG-16 has {wanted.Count}; "
                + "give the safetensors file of torchvision's vgg16_bn or vgg16");
        foreach (var (layer, (_, conv, norm)) in convolutions.Zip(wanted))
        {
            result.Add($"{conv}.weight", given.ShapeOf($"features.{layer}.weight"), given[$"features.{layer}.weight"]);
            AddNorm(result, norm, given, $"features.{layer}", given.Names.Contains($"features.{layer + 1}.running_mean") ? $"features.{layer + 1}" : null,
                path);
        }
        foreach (var (layer, conv, norm, kernel) in Classifier.Where(one => given.Names.Contains($"{one.Layer}.weight")))
        {
            var weight = given[$"{layer}.weight"];
            var (outputs, inputs) = ((int)given.ShapeOf($"{layer}.weight")[0], weight.Length / (int)given.ShapeOf($"{layer}.weight")[0] / (kernel * kernel));
            var channelsLast = new float[weight.Length];
            TorchLayout.ToEngine<float>(weight, new Shape(outputs, kernel, kernel, inputs), channelsLast);
            result.Add($"{conv}.weight", [outputs, inputs, kernel, kernel], channelsLast);
            AddNorm(result, norm, given, layer, null, path);
        }
        return result;
    }

    private static void AddNorm(ParameterSet<float> result, string norm, ParameterSet<float> given, string conv, string? from, string path)
    {
        float[] Get(string name) =>
            given.Names.Contains(name) ? given[name] : throw new EngineError($"{path}: there is no tensor '{name}'; the file is no VGG-16 of torchvision");
        var bias = Get($"{conv}.bias");
        float[] All(float value) => [.. Enumerable.Repeat(value, bias.Length)];
        void Add(string name, float[] values) => result.Add($"{norm}.{name}", [values.Length], values);
        if (from is not null && Get($"{from}.running_mean").Length != bias.Length)
            throw new EngineError($"{path}: '{from}.running_mean' and '{conv}.bias' differ in length; the file is damaged");
        Add("weight", from is null ? All(1) : Get($"{from}.weight"));
        Add("bias", from is null ? bias : Get($"{from}.bias"));
        Add("running_mean", from is null ? All(0) : [.. Get($"{from}.running_mean").Zip(bias, (mean, shift) => mean - shift)]);
        Add("running_var", from is null ? All((float)(1 - BatchNormRecording.DefaultEpsilon)) : Get($"{from}.running_var"));
    }
}
