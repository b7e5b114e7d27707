using System.Runtime.InteropServices;
using Google.Protobuf;
using Histoseg.Engine;
using Histoseg.Engine.Tensors;
using Histoseg.Export.Checking;
using Histoseg.Export.Graph;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Export.Tests;

/// <summary>A file that does not compute what the model computes is not left behind.</summary>
public sealed class VerificationTests : IDisposable
{
    private const float SharpHead = 300;

    private readonly TempFolder _folder = new();
    private readonly TrainedModel _model =
        TrainedModel.Of(Network.Create(new() { Name = "resnet50-gicn", Width = 1, K = 3, GicnChannels = 2 }, classes: 2), 32);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_untouched_file_passes()
    {
        var agreement = Write(_ => { });
        Assert.InRange(agreement.Difference, double.Epsilon, Verification.Tolerance);
        Assert.Equal(0, agreement.Rounding);
        Assert.Equal(["model.onnx"], _folder.Files);
    }

    [Theory]
    [InlineData("backbone.conv1.weight")]
    [InlineData("backbone.layer3.5.conv2.weight")]
    [InlineData("backbone.bn1.bias")]
    [InlineData("gicn.0.left.1.bias")]
    [InlineData("deconv.2.0.weight")]
    [InlineData("head.weight")]
    public void One_changed_number_fails(string tensor) =>
        FailsAndLeavesNothing("verification failed: on 2 images of", content => Change(content, tensor, number => number + 1));

    [Fact]
    public void More_draws_do_not_let_a_wrong_SegNet_pass()
    {
        var model = TrainedModel.Of(Network.Create(new() { Name = "segnet", Width = 4 }, classes: 2), 32);
        var (content, _) = OnnxModel.Build(model.Description, model.Weights, "here", 32);
        Change(content, "decoder.4.0.1.bias", number => number + 1);
        var verification = new Verification(model.Description, model.Weights, "here", [new(2, 32, 64, 3)]);
        Assert.Throws<EngineError>(() => OnnxExport.Write(_folder["model.onnx"], content, verification, CancellationToken.None));
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void Rounding_that_float64_explains_passes_and_no_more()
    {
        // Logits so large that the last bits of the sums before them decide between two classes.
        foreach (var name in new[] { "head.weight", "head.bias" })
            for (var i = 0; i < _model.Weights[name].Length; i++)
                _model.Weights[name][i] *= SharpHead;
        var agreement = Write(_ => { });
        Assert.True(agreement.Difference > Verification.Tolerance, $"{agreement}");
        Assert.InRange(agreement.Rounding, agreement.Difference / 8, 1e-2);
        FailsAndLeavesNothing("verification failed: on 2 images of", content => Change(content, "gicn.0.left.1.bias", number => number * 1.01f + 0.01f));
    }

    [Fact]
    public void Another_normalisation_fails() => FailsAndLeavesNothing("verification failed: on 2 images of",
        content => content.MetadataProps.Single(entry => entry.Key == "normalisation_std").Value = "[0.2,0.25,0.16]");

    [Fact]
    public void No_normalisation_fails() => FailsAndLeavesNothing("does not tell normalisation_mean",
        content => content.MetadataProps.Remove(content.MetadataProps.Single(entry => entry.Key == "normalisation_mean")));

    [Fact]
    public void NaN_fails() => FailsAndLeavesNothing("by up to NaN", content => Change(content, "head.bias", _ => float.NaN));

    [Fact]
    public void What_takes_long_is_told()
    {
        var notes = new List<string>();
        var (content, _) = OnnxModel.Build(_model.Description, _model.Weights, "here", 32);
        Change(content, "head.bias", _ => 9);
        var verification = new Verification(_model.Description, _model.Weights, "here", [new(1, 32, 32, 3)], notes.Add);
        Assert.Throws<EngineError>(() => OnnxExport.Write(_folder["model.onnx"], content, verification, CancellationToken.None));
        Assert.Contains("float64", Assert.Single(notes));
    }

    [Fact]
    public void Other_extents_fail() => FailsAndLeavesNothing("verification failed: on 2 images of", content =>
        content.Graph.Node.Last(node => node.OpType == "Conv").Attribute.Single(attribute => attribute.Name == "pads").Ints[0] = 1);

    [Fact]
    public void A_broken_graph_fails() => FailsAndLeavesNothing("ONNX Runtime cannot run the exported network",
        content => content.Graph.Node[3].OpType = "Convolve");

    [Fact]
    public void A_second_size_is_looked_at() => FailsAndLeavesNothing("verification failed: on 3 images of 96×112", content =>
    {
        // Right for the first batch alone: what the first size needs is cut out of what the network gives.
        content.Graph.Node.Last(node => node.OpType == "Softmax").Output[0] = "all";
        content.Graph.Initializer.Add(Integers("heights", 96));
        content.Graph.Initializer.Add(Integers("zero", 0));
        content.Graph.Initializer.Add(Integers("axis", 2));
        content.Graph.Node.Add(new NodeProto { Name = "cut", OpType = "Slice", Input = { "all", "zero", "heights", "axis" }, Output = { "probabilities" } });
    });

    private static TensorProto Integers(string name, params long[] numbers) => new()
    {
        Name = name,
        DataType = (int)TensorProto.Types.DataType.Int64,
        Dims = { numbers.Length },
        RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<long>(numbers)),
    };

    private void FailsAndLeavesNothing(string says, Action<ModelProto> tamper)
    {
        File.WriteAllText(_folder["model.onnx"], "the earlier file");
        var error = Assert.Throws<EngineError>(() => Write(tamper));
        Assert.Contains(says, error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(["model.onnx"], _folder.Files);
        Assert.Equal("the earlier file", File.ReadAllText(_folder["model.onnx"]));
    }

    /// <summary>Changes the last number of a tensor.</summary>
    private static void Change(ModelProto content, string tensor, Func<float, float> change)
    {
        var weight = content.Graph.Initializer.Single(initializer => initializer.Name == tensor);
        var numbers = MemoryMarshal.Cast<byte, float>(weight.RawData.Span).ToArray();
        numbers[^1] = change(numbers[^1]);
        weight.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(numbers));
    }

    private Agreement Write(Action<ModelProto> tamper)
    {
        var (content, _) = OnnxModel.Build(_model.Description, _model.Weights, "here", 32);
        tamper(content);
        Shape[] batches = [new(2, 96, 104, 3), new(3, 112, 96, 3)];
        return OnnxExport.Write(_folder["model.onnx"], content, new Verification(_model.Description, _model.Weights, "here", batches), CancellationToken.None);
    }
}
