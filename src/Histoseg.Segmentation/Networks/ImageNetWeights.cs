using System.Reflection;
using Histoseg.Engine.Checkpoints;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// The weights of ImageNet that ship: safetensors with torchvision's names, in the assembly <c>Histoseg.Weights</c>, which holds nothing else. A program has
/// them where it refers to that assembly; no library does.
/// </summary>
internal static class ImageNetWeights
{
    /// <summary>Where they come from, for readers of what began with them.</summary>
    public const string Source = "ImageNet, by the ResNet-18 of the NuGet package Microsoft.ML.DnnImageFeaturizer.ResNet18 0.23.1 (MIT)";

    private const string Assembly = "Histoseg.Weights";

    /// <summary>What keeps a network from beginning with them, as the end of a sentence about <c>pretrained</c>; null: nothing.</summary>
    /// <param name="network">A network whose keys are within their ranges.</param>
    public static string? WhatIsWrong(NetworkDescription network) =>
        NameFor(network) is not { } name
            ? $"is {NetworkDescription.ImageNet}, of which {network.Name} has no weights; {string.Join(", ", Network.Names.Where(Has))} have: "
                + "give a file of torchvision's, or leave it out"
        : network.Width != ResNetEncoder.FullWidth
            ? $"is {NetworkDescription.ImageNet}, whose weights are of width {ResNetEncoder.FullWidth} and not {network.Width}: set width, or leave it out"
        : Find(name) is null
            ? $"is {NetworkDescription.ImageNet}, whose weights this program does not have: refer to {Assembly}, or give a file of torchvision's"
        : null;

    /// <summary>Opens those of a network's backbone, of which nothing is wrong.</summary>
    public static SafeTensors Open(NetworkDescription network) => SafeTensors.Open(Find(NameFor(network)!)!, NetworkDescription.ImageNet);

    private static bool Has(string network) => NameFor(new() { Name = network }) is not null;

    private static string? NameFor(NetworkDescription network) => Network.Create(network, 2).ImageNetWeights;

    private static Stream? Find(string name)
    {
        try
        {
            return System.Reflection.Assembly.Load(new AssemblyName(Assembly)).GetManifestResourceStream($"{name}.safetensors");
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
