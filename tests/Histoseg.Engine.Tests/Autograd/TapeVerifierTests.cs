using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using static Histoseg.Engine.Tests.Autograd.BrokenTape;

namespace Histoseg.Engine.Tests.Autograd;

/// <summary>Tapes with one fault each: the error names the node, the value, what was expected and what was found.</summary>
public sealed class TapeVerifierTests : IDisposable
{
    private static readonly TensorType Map = TensorType.Real(new(1, 2, 2, 3));

    private readonly Tape _tape = new();
    private readonly IDisposable _scope;
    private readonly Value _x;

    // Node 0 is a ReLU in the scope "head".
    private readonly Value _y;

    public TapeVerifierTests()
    {
        _scope = _tape.Scope("head");
        _x = _tape.Input("x", Map.Shape);
        _y = _tape.Relu(_x);
    }

    public void Dispose() => _scope.Dispose();

    private void AssertFault(params string[] parts)
    {
        var message = Assert.Throws<TapeError>(() => TapeVerifier.Verify(_tape)).Message;
        Assert.StartsWith("the tape cannot be compiled: ", message);
        Assert.DoesNotContain('\n', message);
        Assert.All(parts, part => Assert.Contains(part, message));
    }

    [Fact]
    public void A_whole_tape_has_no_fault()
    {
        _tape.Keep(_tape.Relu(_y));
        TapeVerifier.Verify(_tape);
    }

    [Fact]
    public void An_input_of_another_tape()
    {
        var other = new Tape();
        other.Input("a", Map.Shape);
        // It has the number of a value of this tape.
        var foreign = other.Relu(other["a"]);
        Assert.Equal(_y.Id, foreign.Id);
        _tape.Plant(new Relu(), [foreign], _tape.Plant("z", Map));
        AssertFault("#1 relu (head)", "input 0", "relu#0 1×2×2×3", "another tape");
    }

    [Fact]
    public void A_parameter_of_another_tape()
    {
        var foreign = new Tape().Parameter("far.weight", Map.Shape);
        _tape.Plant(new Relu(), [foreign], _tape.Plant("z", Map));
        AssertFault("#1 relu (head)", "far.weight", "another tape");
    }

    [Fact]
    public void An_output_of_another_tape()
    {
        var other = new Tape();
        _tape.Plant(new Relu(), [_y], other.Plant("far", Map));
        AssertFault("#1 relu (head)", "output 0", "far", "another tape");
    }

    [Fact]
    public void A_value_read_before_it_is_written()
    {
        var (early, late) = (_tape.Plant("early", Map), _tape.Plant("late", Map));
        _tape.Plant(new Add(), [_y, late], early);
        _tape.Plant(new Relu(), [_y], late);
        AssertFault("#1 add (head)", "input 1", "late 1×2×2×3", "not written before #2 relu (head)");
    }

    [Fact]
    public void A_node_that_reads_its_own_output()
    {
        var circle = _tape.Plant("circle", Map);
        _tape.Plant(new Relu(), [circle], circle);
        AssertFault("#1 relu (head)", "circle", "not written before #1 relu (head)");
    }

    [Fact]
    public void A_value_read_that_no_node_writes()
    {
        _tape.Plant(new Relu(), [_tape.Plant("hole", Map)], _tape.Plant("z", Map));
        AssertFault("#1 relu (head)", "hole", "no node writes");
    }

    [Fact]
    public void An_intermediate_that_no_node_writes()
    {
        _tape.Plant("hole", Map);
        AssertFault("no node writes hole 1×2×2×3");
    }

    [Fact]
    public void A_kept_value_that_no_node_writes()
    {
        _tape.Keep(_tape.Plant("hole", Map));
        AssertFault("no node writes hole 1×2×2×3, which is kept");
    }

    [Fact]
    public void A_value_of_another_tape_is_not_kept()
    {
        var other = new Tape();
        var foreign = other.Relu(other.Input("a", Map.Shape));
        Assert.Contains("another tape", Assert.Throws<ArgumentException>(() => _tape.Keep(foreign)).Message);
        Assert.False(foreign.Kept);
    }

    [Fact]
    public void Two_writers_of_one_value()
    {
        _tape.Plant(new Relu(), [_x], _y);
        AssertFault("#1 relu (head)", _y.Name, "#0 relu (head) has written");
    }

    [Fact]
    public void One_node_that_writes_a_value_twice()
    {
        var both = _tape.Plant("both", Map);
        _tape.Plant(new Planted([Map, Map]), [_x], both, both);
        AssertFault("#1 planted (head)", "output 1", "both", "#1 planted (head) has written");
    }

    [Theory]
    [InlineData(ValueKind.Input)]
    [InlineData(ValueKind.Parameter)]
    [InlineData(ValueKind.State)]
    public void An_output_that_is_no_intermediate(ValueKind kind)
    {
        _tape.Plant(new Relu(), [_x], _tape.Plant("lasting", Map, kind));
        AssertFault("#1 relu (head)", "lasting", $"no intermediate but a {kind.ToString().ToLowerInvariant()}");
    }

    [Fact]
    public void An_output_of_another_shape()
    {
        _tape.Plant(new Relu(), [_x], _tape.Plant("z", Map.WithChannels(4)));
        AssertFault("#1 relu (head)", "output 0", "z, Real 1×2×2×4", "its rule gives Real 1×2×2×3");
    }

    [Fact]
    public void An_output_of_another_type()
    {
        _tape.Plant(new Relu(), [_x], _tape.Plant("z", TensorType.Wide(Map.Shape)));
        AssertFault("#1 relu (head)", "output 0", "z, Wide 1×2×2×3", "its rule gives Real 1×2×2×3");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Another_number_of_outputs(int count)
    {
        _tape.Plant(new Relu(), [_x], [.. Enumerable.Range(0, count).Select(i => _tape.Plant($"z{i}", Map))]);
        AssertFault("#1 relu (head)", $"{count} outputs", "its rule gives 1");
    }

    [Fact]
    public void Another_number_of_inputs()
    {
        _tape.Plant(new Relu(), [_x, _y], _tape.Plant("z", Map));
        AssertFault("#1 relu (head)", "1 input wanted, not 2");
    }

    [Fact]
    public void An_input_of_another_type()
    {
        _tape.Plant(new Relu(), [_tape.Input("labels", Map.Shape, ElementType.Int32)], _tape.Plant("z", Map));
        AssertFault("#1 relu (head)", "floating-point numbers wanted as input 0", "labels is Int32 1×2×2×3");
    }

    [Fact]
    public void An_input_of_another_shape()
    {
        var window = ConvWindow.Square(1);
        _tape.Plant(new Conv2d(window, HasBias: true, HasResidual: false, Relu: false),
            [_x, _tape.Parameter("w", new(5, 1, 1, 3)), _tape.VectorParameter("b", 4)], _tape.Plant("z", Map.WithChannels(5)));
        AssertFault("#1 conv2d (head)", "Wide 1×1×1×5 wanted as input 2", "b is Wide 1×1×1×4");
    }

    [Fact]
    public void Attributes_that_do_not_fit()
    {
        _tape.Plant(new PermutohedralLattice(Map.Shape, 0, null), []);
        AssertFault("#1 permutohedral_lattice (head)", "a sigma of 0");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 1)]
    [InlineData(0, 0)]
    public void An_in_place_input_that_is_not_there(int index, int outputs)
    {
        Value[] made = outputs == 0 ? [] : [_tape.Plant("z", Map)];
        _tape.Plant(new Planted([.. made.Select(v => v.TensorType)], InPlace: index), [_y], made);
        AssertFault("#1 planted (head)", $"over input {index}", $"1 inputs and {outputs} outputs");
    }

    [Fact]
    public void An_in_place_input_of_another_size()
    {
        var large = Map.WithChannels(9);
        _tape.Plant(new Planted([large], InPlace: 0), [_y], _tape.Plant("z", large));
        AssertFault("#1 planted (head)", "over input 0", "z is Real 1×2×2×9", $"{_y.Name} Real 1×2×2×3");
    }

    [Fact]
    public void An_in_place_input_of_another_type()
    {
        var wide = TensorType.Wide(Map.Shape);
        _tape.Plant(new Planted([wide], InPlace: 0), [_y], _tape.Plant("z", wide));
        AssertFault("#1 planted (head)", "over input 0", "z is Wide 1×2×2×3", $"{_y.Name} Real 1×2×2×3");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void An_updated_input_that_is_not_there(int index)
    {
        _tape.Plant(new Planted([], -1, index), [_tape.State("s", Map.Shape)]);
        AssertFault("#1 planted (head)", $"updates input {index}", "has 1 inputs");
    }

    [Fact]
    public void An_update_of_what_is_neither_parameter_nor_state()
    {
        _tape.Plant(new Planted([], -1, 0, 1), [_tape.Parameter("p", Map.Shape), _y]);
        AssertFault("#1 planted (head)", "updates input 1", _y.Name, "no parameter or state but an intermediate");
        _tape.Rewire(_tape.Nodes[1], _x, _tape.State("s", Map.Shape));
        AssertFault("#1 planted (head)", "updates input 0", "x 1×2×2×3", "no parameter or state but an input");
        _tape.Rewire(_tape.Nodes[1], _tape["p"], _tape["s"]);
        TapeVerifier.Verify(_tape);
    }

    [Fact]
    public void Two_tensors_of_one_name()
    {
        _tape.Plant("x", TensorType.Wide(Shape.Scalar), ValueKind.Parameter);
        AssertFault("'x'", "Input Real 1×2×2×3", "Parameter Wide 1×1×1×1");
    }

    [Fact]
    public void Values_and_nodes_out_of_their_places()
    {
        _tape.Plant(new Relu(), [_y], _tape.Plant("z", Map));
        ((List<Node>)_tape.Nodes).Reverse();
        AssertFault("#1 relu (head)", "at place 0");
        ((List<Value>)_tape.Values).Reverse();
        AssertFault("z 1×2×2×3", "value 2", "value 0");
    }

    [Fact]
    public void Neither_number_type_of_the_processor_compiles_a_broken_tape()
    {
        _tape.Plant(new Relu(), [_x], _tape.Plant("z", Map.WithChannels(4)));
        using var backend = new CpuBackend(threads: 1);
        Assert.Contains("#1 relu (head)", Assert.Throws<TapeError>(() => backend.Compile<float>(_tape)).Message);
        Assert.Contains("#1 relu (head)", Assert.Throws<TapeError>(() => backend.Compile<double>(_tape)).Message);
    }
}
