using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Segmentation.Quantising;

namespace Histoseg.Export.Tests;

/// <summary>Models in 8 bits as ONNX Runtime runs them, against our CPU backend. The export itself compares, and refuses a file that differs.</summary>
public sealed class QuantisedExportTests : IDisposable
{
    private const int Patch = 64;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("resnet18-unet")]
    [InlineData("resnet18-gicn-gpp")]
    [InlineData("resnet50-gicn-gpp")]
    [InlineData("unet")]
    [InlineData("segnet")]
    [InlineData("fcn-vgg16")]
    public void ONNX_Runtime_agrees(string name)
    {
        var trained = TrainedModel.Of(Network.Create(new() { Name = name, Width = 8, K = 3, GicnChannels = 8 }, classes: 3), Patch);
        var (model, weights) = Quantised(trained);
        Assert.True(model.Quantisation!.Layers.Count > 5);
        ModelFolder.Save(_folder["model"], model, weights);
        var (loaded, steps) = ModelFolder.Load(_folder["model"]);
        var path = _folder["model.onnx"];
        var result = OnnxExport.Write(path, loaded, steps, "here", new(), CancellationToken.None);
        Assert.InRange(result.Difference, 1e-9, 1);
        Assert.InRange(result.Rounding, 1e-6, 0.1);
        // Most weights are bytes now.
        Assert.InRange(new FileInfo(path).Length, 1, 0.6 * sizeof(float) * trained.Weights.Names.Sum(tensor => trained.Weights[tensor].Length));
    }

    [Fact]
    public void Weights_that_differ_are_found()
    {
        var (model, weights) = Quantised(TrainedModel.Of(Network.Create(new() { Name = "resnet18-unet", Width = 8 }, classes: 3), Patch));
        var (content, _) = OnnxModel.Build(model, weights, "here", Patch);
        var scale = content.Graph.Initializer.First(tensor => tensor.Name.EndsWith("layer1.0.conv1.weight_scale", StringComparison.Ordinal));
        scale.RawData = Google.Protobuf.ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(
            [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(scale.RawData.Span).ToArray().Select(number => 3 * number)]));
        var error = Assert.Throws<Engine.EngineError>(() => OnnxExport.Write(_folder["model.onnx"], content,
            new Checking.Verification(model, weights, "here", [new(2, Patch, Patch, 3)]), CancellationToken.None));
        Assert.Contains("verification failed", error.Message);
        Assert.Empty(Directory.GetFiles(_folder[""]));
    }

    private static (ModelDescription Model, ParameterSet<float> Weights) Quantised(TrainedModel trained)
    {
        using var backend = new CpuBackend(2);
        var (network, normalisation) = (trained.Description.CreateNetwork(), trained.Description.Normalisation);
        using var calibration = new Calibration(backend, network, trained.Weights, "here", Patch, normalisation);
        var rgb = new byte[Patch * Patch * 3];
        new Random(4).NextBytes(rgb);
        calibration.Add(rgb);
        var quantisation = calibration.Result("noise");
        return (trained.Description with { FormatVersion = ModelDescription.QuantisedFormat, Quantisation = quantisation },
            QuantisedWeights.Rounded(calibration.Folded, quantisation.ToLayers()));
    }
}
