using Histoseg.Engine;
using Histoseg.Engine.Tensors;
using Histoseg.Export.Checking;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Export.Tests;

/// <summary>Every network as ONNX Runtime runs it, against our CPU backend.</summary>
public sealed class NetworkExportTests : IDisposable
{
    private const int Patch = 96;

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Names => [.. Network.Names];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Names))]
    public void ONNX_Runtime_agrees_on_every_network(string name)
    {
        var result = ExportAndCompare(Network.Create(new() { Name = name, Width = 2, K = 3, GicnChannels = 3 }, classes: 3));
        // The windows of the global pyramid depend on the size; nothing else does.
        Assert.Equal(!name.EndsWith("gpp", StringComparison.Ordinal), result.TakesAnySize);
    }

    [Theory]
    [InlineData("resnet50-gicn", 1)]
    [InlineData("resnet50-gicn", 7)]
    [InlineData("resnet50-cnn", 7)]
    [InlineData("resnet18-cnn", 5)]
    public void ONNX_Runtime_agrees_on_every_length_of_kernel(string name, int k) =>
        Assert.True(ExportAndCompare(Network.Create(new() { Name = name, Width = 1, K = k, GicnChannels = 2 }, classes: 2)).TakesAnySize);

    [Fact]
    public void ONNX_Runtime_agrees_on_fixed_pooling_windows()
    {
        var model = TrainedModel.Of(Network.Create(new() { Name = "resnet50-gpp", Width = 1, GppPooling = GppPooling.Fixed }, classes: 2), patchSize: 488);
        var result = OnnxExport.Write(_folder["fixed.onnx"], model.Description, model.Weights, "here", new(), CancellationToken.None);
        Assert.False(result.TakesAnySize);
        Assert.InRange(result.Difference, 0, Verification.Tolerance);
    }

    [Fact]
    public void A_file_for_one_size_refuses_others()
    {
        var model = TrainedModel.Of(Network.Create(new() { Name = "resnet50-gpp", Width = 1 }, classes: 2), Patch);
        OnnxExport.Write(_folder["one.onnx"], model.Description, model.Weights, "here", new(PatchSize: 64), CancellationToken.None);
        Assert.InRange(Compare(model, _folder["one.onnx"], [new(3, 64, 64, 3)]), 0, Verification.Tolerance);
        var error = Assert.Throws<EngineError>(() => Compare(model, _folder["one.onnx"], [new(1, 64, Patch, 3)]));
        Assert.Contains("ONNX Runtime cannot run", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    /// <summary>Exports, and compares on more batches and sizes than the export itself does.</summary>
    private ExportResult ExportAndCompare(Network settings)
    {
        var model = TrainedModel.Of(settings, Patch);
        var path = _folder["model.onnx"];
        var result = OnnxExport.Write(path, model.Description, model.Weights, "here", new(), CancellationToken.None);
        Assert.Equal((path, Patch, settings.OutputStride), (result.Path, result.PatchSize, result.SizeMultiple));
        var s = result.SizeMultiple;
        Shape[] batches = result.TakesAnySize
            ? [new(1, Patch, Patch, 3), new(5, s, 2 * s, 3), new(1, 5 * s, s, 3), new(3, 3 * s, 4 * s, 3)]
            : [new(1, Patch, Patch, 3), new(5, Patch, Patch, 3)];
        Assert.Equal(0, result.Rounding);
        // A narrow network whose ReLUs are all at 0 would agree about nothing.
        using (var exported = new ExportedModel(path))
        {
            var first = exported.Run(new(1, Patch, Patch, 3), RandomImages.Draw(new(1, Patch, Patch, 3), seed: 1))
                .Where((_, i) => i % settings.Classes == 0).ToList();
            Assert.True(first.Max() - first.Min() > 0.05);
        }
        Assert.InRange(Compare(model, path, batches), double.Epsilon, Verification.Tolerance);
        return result;
    }

    private static double Compare(TrainedModel model, string path, Shape[] batches) =>
        new Verification(model.Description, model.Weights, "here", batches).Check(path, CancellationToken.None).Difference;
}
