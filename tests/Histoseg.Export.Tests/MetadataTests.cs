using System.Text.Json;
using Histoseg.Export.Graph;
using Histoseg.Segmentation.Networks;
using Microsoft.ML.OnnxRuntime;

namespace Histoseg.Export.Tests;

/// <summary>What a file tells about itself, as ONNX Runtime reads it.</summary>
public sealed class MetadataTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_network_of_any_size()
    {
        var model = TrainedModel.Of(Network.Create(new() { Name = "unet", Width = 1 }, classes: 3), 64);
        using var session = Export(model);
        var metadata = session.ModelMetadata.CustomMetadataMap;
        Assert.Equal("unet", metadata["network"]);
        Assert.Equal("1", metadata["width"]);
        Assert.Equal("7", metadata["k"]);
        Assert.Equal("32", metadata["gicn_channels"]);
        Assert.Equal("adaptive", metadata["gpp_pooling"]);
        Assert.Equal(model.Description.Network, NetworkDescription.FromJson(metadata["network_description"]));
        Assert.Equal(model.Description.ClassNames, JsonSerializer.Deserialize<string[]>(metadata["class_names"])!);
        Assert.Equal("0.5", metadata["spacing_um_px"]);
        Assert.Equal("64", metadata["patch_size_pixels"]);
        Assert.Equal("16", metadata["size_multiple"]);
        Assert.Equal("true", metadata["dynamic_size"]);
        Assert.Equal(model.Description.Normalisation.Mean, JsonSerializer.Deserialize<double[]>(metadata["normalisation_mean"])!);
        Assert.Equal(model.Description.Normalisation.Deviation, JsonSerializer.Deserialize<double[]>(metadata["normalisation_std"])!);
        Assert.Contains("(batch, 3, height, width)", metadata["input"]);
        Assert.Contains("(batch, classes, height, width)", metadata["output"]);
        Assert.Equal("nothing at all", metadata["training_data"]);
        Assert.Equal("17", metadata["iteration"]);
        Assert.Equal("Histoseg Engine", session.ModelMetadata.ProducerName);
        Assert.Contains(model.Description.ClassNames[2], session.ModelMetadata.Description);
        Assert.StartsWith("unet: ", session.ModelMetadata.Description);

        var (input, output) = (Assert.Single(session.InputMetadata), Assert.Single(session.OutputMetadata));
        Assert.Equal(("image", "probabilities"), (input.Key, output.Key));
        Assert.Equal((typeof(float), typeof(float)), (input.Value.ElementType, output.Value.ElementType));
        Assert.Equal([-1, 3, -1, -1], input.Value.Dimensions);
        Assert.Equal([-1, 3, -1, -1], output.Value.Dimensions);
        Assert.Equal(["batch", "", "height", "width"], input.Value.SymbolicDimensions);
        Assert.Equal(["batch", "", "height", "width"], output.Value.SymbolicDimensions);

        var file = ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["model.onnx"]));
        Assert.Equal(typeof(OnnxExport).Assembly.GetName().Version!.ToString(3), file.ProducerVersion);
        Assert.Equal((8, 18), (file.IrVersion, Assert.Single(file.OpsetImport).Version));
    }

    [Fact]
    public void A_network_of_one_size_and_a_model_without_scale()
    {
        var model = TrainedModel.Of(Network.Create(new() { Name = "resnet50-gpp", Width = 1 }, classes: 2), 64);
        using var session = Export(model with { Description = model.Description with { SpacingUmPx = null } }, patchSize: 48);
        var metadata = session.ModelMetadata.CustomMetadataMap;
        Assert.Equal("false", metadata["dynamic_size"]);
        Assert.Equal("48", metadata["patch_size_pixels"]);
        Assert.DoesNotContain("spacing_um_px", metadata.Keys);
        Assert.Equal([-1, 3, 48, 48], session.InputMetadata["image"].Dimensions);
        Assert.Equal([-1, 2, 48, 48], session.OutputMetadata["probabilities"].Dimensions);
        Assert.Equal("batch", session.InputMetadata["image"].SymbolicDimensions[0]);
    }

    private InferenceSession Export(TrainedModel model, int? patchSize = null)
    {
        OnnxExport.Write(_folder["model.onnx"], model.Description, model.Weights, "here", new(patchSize), CancellationToken.None);
        return new(_folder["model.onnx"]);
    }
}
