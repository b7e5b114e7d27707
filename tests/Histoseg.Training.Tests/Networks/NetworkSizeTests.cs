using Histoseg.Engine;
using Histoseg.Segmentation.Networks;
using Histoseg.Training.Planning;

namespace Histoseg.Training.Tests.Networks;

/// <summary>Parameters counted by hand from the papers' layer tables.</summary>
public class NetworkSizeTests
{
    // The 13 convolutions of VGG-16 without their biases, and two numbers per channel of the batch norms.
    private const long Vgg16 = 14_714_688 - 4_224 + 2 * 4_224;

    // torchvision's without its classifier.
    private const long ResNet18 = 11_689_512 - 513_000;

    [Theory]
    [InlineData("resnet18-unet", 64, 32, ResNet18 + 9 * 349_952 + 2 * 992 + 9 * 2 * 16 + 2)] // ten 3×3 convolutions with norms, and the head
    [InlineData("fcn-vgg16", 64, 32, Vgg16 + 7 * 7 * 512 * 4096L + 2 * 4096 + 4096 * 4096L + 2 * 4096 + 2 * 4096 + 2)]
    [InlineData("segnet", 64, 32, 2 * Vgg16 - 9 * 3 * 64 - 2 * 512 + 9 * 2 * 64 + 2)] // the mirror image lacks 3→64, and has 512 channels less to normalise
    [InlineData("unet", 64, 16, 31_037_698)] // 3×3 convolutions with norms and no bias, 2×2 and 1×1 ones with bias
    public void Parameters_are_the_papers(string name, int width, int stride, long parameters)
    {
        var settings = Network.Create(new() { Name = name, Width = width }, classes: 2);
        Assert.Equal(stride, settings.OutputStride);
        Assert.Equal(parameters,
            NetworkPlan.ForTraining(new()
            {
                Network = new() { Name = name, Width = width },
                Data = new() { PatchSize = stride, Classes = ["background", "tumour"] }
            }).Parameters);
    }

    [Theory]
    [InlineData("resnet50-gicn")]
    [InlineData("resnet18-gicn")]
    [InlineData("resnet18-unet")]
    [InlineData("fcn-vgg16")]
    [InlineData("unet")]
    public void Other_sizes_are_errors(string name)
    {
        var stride = Network.Create(new() { Name = name, Width = 1 }, classes: 2).OutputStride;
        var error =
            Assert.Throws<EngineError>(() => NetworkPlan.ForInference(Network.Create(new() { Name = name, Width = 1 }, classes: 2), stride + stride / 2, 1));
        Assert.Contains($"multiple of {stride}", error.Message);
    }
}
