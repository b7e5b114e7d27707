using Histoseg.Engine;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Export.Tests;

/// <summary>What cannot be exported is one clear line, and no file.</summary>
public sealed class BadInputTests : IDisposable
{
    private static readonly Network Settings = Network.Create(new() { Name = "resnet50-gicn", Width = 1, K = 3, GicnChannels = 2 }, classes: 2);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("head.bias")]
    [InlineData("backbone.layer2.0.bn2.running_var")]
    public void A_weight_of_NaN_is_named(string tensor)
    {
        var model = TrainedModel.Of(Settings, 32);
        model.Weights[tensor][0] = float.NaN;
        Refused(model, "models/a: tensor '", "holds NaN", "use an earlier model");
    }

    [Fact]
    public void Numbers_so_large_that_the_answers_are_none()
    {
        var model = TrainedModel.Of(Settings, 32);
        foreach (var name in model.Weights.Names.Where(name => name.EndsWith("conv2.weight", StringComparison.Ordinal)))
            Array.Fill(model.Weights[name], 1e30f);
        Refused(model, "models/a: the model's own probabilities are not numbers", "use an earlier model");
    }

    [Fact]
    public void Weights_of_another_network()
    {
        var model = TrainedModel.Of(Settings, 32);
        Refused(model with { Weights = TrainedModel.Of(Network.Create(Settings.Description with { K = 5 }, classes: 2), 32).Weights },
            "models/a: tensor 'gicn.0.", "belongs to another network");
        Refused(model with { Weights = new ParameterSet<float>() }, "has no tensor", "belongs to another network");
    }

    [Fact]
    public void More_weights_than_the_format_holds()
    {
        var model = TrainedModel.Of(Settings, 32);
        Refused(model with { Description = model.Description with { Network = model.Description.Network with { Width = 1024 } } },
            "GiB, and an ONNX file holds at most 2 GiB", "narrower");
    }

    [Fact]
    public void A_layer_that_ONNX_has_no_words_for()
    {
        var model = TrainedModel.Of(Settings, 32);
        Refused(model with { Description = model.Description with { Network = model.Description.Network with { Crf = new CrfSettings() } } },
            "of the layer 'crf' has no translation to ONNX", "only this engine");
    }

    [Fact]
    public void A_patch_of_another_multiple()
    {
        var model = TrainedModel.Of(Settings, 32);
        Refused(model with { Description = model.Description with { PatchSizePixels = 36 } }, "multiple of 8");
    }

    [Fact]
    public void A_file_that_is_there()
    {
        var model = TrainedModel.Of(Settings, 32);
        var path = _folder["model.onnx"];
        File.WriteAllText(path, "something else");
        var error = Assert.Throws<EngineError>(() => Write(model, path));
        Assert.StartsWith($"{path}: the file exists already", error.Message);
        Assert.Equal("something else", File.ReadAllText(path));
        Write(model, path, overwrite: true);
        Assert.NotEqual("something else", File.ReadAllText(path));
        Assert.Equal(["model.onnx", "model.onnx.md"], _folder.Files.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Places_where_no_file_can_be()
    {
        var model = TrainedModel.Of(Settings, 32);
        File.WriteAllText(_folder["file.txt"], "");
        Directory.CreateDirectory(_folder["folder"]);
        Assert.Contains("this is a folder", Assert.Throws<EngineError>(() => Write(model, _folder["folder"])).Message);
        Assert.Contains("something else has this name", Assert.Throws<WriteError>(() => Write(model, _folder["file.txt/model.onnx"])).Message);
        Assert.Contains("no such file or folder", Assert.Throws<WriteError>(() => Write(model, "/proc/nowhere/model.onnx")).Message);
        Assert.Contains("cannot be written", Assert.Throws<WriteError>(() => Write(model, "/proc/model.onnx")).Message);
        Write(model, _folder["new/folder/model.onnx"]);
        Assert.True(File.Exists(_folder["new/folder/model.onnx"]));
    }

    [Fact]
    public void A_stop_leaves_nothing()
    {
        var model = TrainedModel.Of(Settings, 32);
        Assert.Throws<OperationCanceledException>(() =>
            OnnxExport.Write(_folder["model.onnx"], model.Description, model.Weights, "models/a", new(), new CancellationToken(canceled: true)));
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void What_a_killed_export_left_goes()
    {
        File.WriteAllText(_folder["older.onnx.partial-0123abcd"], "half a file");
        Write(TrainedModel.Of(Settings, 32), _folder["model.onnx"]);
        Assert.Equal(["model.onnx", "model.onnx.md"], _folder.Files.Order(StringComparer.Ordinal));
    }

    private void Refused(TrainedModel model, params string[] says)
    {
        var error = Assert.Throws<EngineError>(() => Write(model, _folder["model.onnx"]));
        Assert.All(says, part => Assert.Contains(part, error.Message));
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(_folder.Files);
    }

    private static void Write(TrainedModel model, string path, bool overwrite = false) =>
        OnnxExport.Write(path, model.Description, model.Weights, "models/a", new(Overwrite: overwrite), CancellationToken.None);
}
