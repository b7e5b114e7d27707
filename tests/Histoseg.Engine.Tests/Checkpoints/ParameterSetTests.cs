using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Engine.Tests.Backends;

namespace Histoseg.Engine.Tests.Checkpoints;

public sealed class ParameterSetTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CpuBackend _backend = new(threads: 1);
    private readonly CpuProgram<float> _program;

    public ParameterSetTests() => _program = Network(channels: 5);

    public void Dispose()
    {
        _program.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }

    private CpuProgram<float> Network(int channels)
    {
        var tape = new Tape();
        var y = new Layers(tape, NetworkMode.Training).ConvNorm("conv", "norm", tape.Input("x", new Shape(1, 4, 4, 3)), channels, ConvWindow.Same(3, 1));
        tape.Sgd(tape.Backward(y, tape.Input("seed", y.Shape)), tape.Input("rate", Shape.Scalar, ElementType.Wide), 0.9, 0);
        var program = _backend.Compile<float>(tape);
        program.FillAll(12);
        return program;
    }

    private SafeTensors Saved(Func<Value, bool>? wanted = null)
    {
        var writer = new SafeTensorsWriter();
        ParameterSet<float>.From(_program, wanted).Save(writer);
        writer.Save(_folder["model"]);
        return SafeTensors.Open(_folder["model"]);
    }

    [Fact]
    public void Saved_parameters_come_back_bit_for_bit_without_the_optimisers_state()
    {
        using var file = Saved();
        Assert.Equal(["conv.weight", "norm.bias", "norm.running_mean", "norm.running_var", "norm.weight"], file.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([5, 3, 3, 1], file.Tensors["conv.weight"].Shape);
        Assert.Equal([5], file.Tensors["norm.running_var"].Shape);
        using var other = Network(channels: 5);
        foreach (var value in other.Tape.Values.Where(ParameterSet<float>.IsPersistent))
            other.Real(value).Clear();
        ParameterSet<float>.Load(file).CopyTo(other, "model");
        foreach (var name in file.Tensors.Keys)
            Assert.Equal(_program.Real(_program.Tape[name]).ToArray(), other.Real(other.Tape[name]).ToArray());
        Assert.All(other.Real(other.Tape["conv.weight.velocity"]).ToArray(), v => Assert.Equal(0, v));
    }

    [Fact]
    public void Optimisers_state_is_saved_on_demand()
    {
        using var file = Saved(ParameterSet<float>.IsPersistent);
        Assert.Contains("conv.weight.velocity", file.Tensors.Keys);
        using var other = Network(channels: 5);
        other.Real(other.Tape["conv.weight.velocity"]).Clear();
        ParameterSet<float>.Load(file).CopyTo(other, "model", ParameterSet<float>.IsPersistent);
        Assert.Equal(_program.Get(_program.Tape["conv.weight.velocity"]), other.Get(other.Tape["conv.weight.velocity"]));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Numbers_that_are_not_finite_are_refused(float odd)
    {
        _program.Real(_program.Tape["norm.bias"])[3] = odd;
        var message = Assert.Throws<EngineError>(() => ParameterSet<float>.From(_program).CopyTo(_program, "best.safetensors")).Message;
        Assert.Contains("best.safetensors", message);
        Assert.Contains("'norm.bias'", message);
        Assert.Contains("NaN", message);
    }

    [Fact]
    public void Other_shapes_are_named_both()
    {
        using var wider = Network(channels: 6);
        var message = Assert.Throws<EngineError>(() => ParameterSet<float>.From(_program).CopyTo(wider, "best.safetensors")).Message;
        Assert.Contains("'conv.weight'", message);
        Assert.Contains("[5, 3, 3, 1]", message);
        Assert.Contains("[6, 3, 3, 1]", message);
    }

    [Fact]
    public void Missing_tensors_are_named()
    {
        var some = ParameterSet<float>.From(_program, v => v.Name == "conv.weight");
        var message = Assert.Throws<EngineError>(() => some.CopyTo(_program, "best.safetensors")).Message;
        Assert.Contains("best.safetensors", message);
        Assert.Contains("'norm.weight'", message);
    }

    [Fact]
    public void Norms_that_do_not_fit_their_convolution_cannot_be_folded()
    {
        var set = ParameterSet<float>.From(_program);
        set.Fold([new("conv.weight", "norm", Transposed: false)]);
        Assert.Contains("'absent.weight'", Assert.Throws<EngineError>(() => set.Fold([new("conv.weight", "absent", false)])).Message);
        // As a transposed convolution the weight would have three output channels.
        Assert.Contains("does not fit", Assert.Throws<EngineError>(() => set.Fold([new("conv.weight", "norm", Transposed: true)])).Message);
        Assert.Contains("does not fit", Assert.Throws<EngineError>(() => set.Fold([new("norm.weight", "norm", false)])).Message);
    }

    [Theory]
    [InlineData("norm.weight", 0)]
    [InlineData("norm.running_mean", 4)]
    [InlineData("norm.running_var", 6)]
    [InlineData("norm.bias", 1)]
    public void Hostile_norms_cannot_be_folded(string name, int length)
    {
        var writer = new SafeTensorsWriter();
        var rest = ParameterSet<float>.From(_program, v => ParameterSet<float>.IsModel(v) && v.Name != name);
        foreach (var other in rest.Names)
            writer.Add<float>(other, other == "conv.weight" ? [5, 3, 3, 1] : [5], rest[other]);
        writer.Add<float>(name, [length], new float[length]);
        writer.Save(_folder["hostile"]);
        using var file = SafeTensors.Open(_folder["hostile"]);
        var set = ParameterSet<float>.Load(file);
        Assert.Throws<EngineError>(() => set.Fold([new("conv.weight", "norm", false)]));
    }
}
