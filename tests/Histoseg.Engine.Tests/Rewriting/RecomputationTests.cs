using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Rewriting;
using Histoseg.Engine.Tensors;
using Histoseg.Engine.Tests.Backends;

namespace Histoseg.Engine.Tests.Rewriting;

/// <summary>A step whose backward pass computes the forward pass's maps once more.</summary>
public class RecomputationTests
{
    private const int Blocks = 8, Channels = 8;

    private readonly Tape _tape = new();
    private readonly Value _x, _y;
    private readonly int _forward;
    private readonly Dictionary<Value, Value> _gradients;

    public RecomputationTests()
    {
        _x = _tape.Input("x", new Shape(2, 32, 32, Channels));
        _y = _x;
        for (var i = 0; i < Blocks; i++)
            _y = Block($"block{i}", _y);
        _tape.Keep(_y);
        _forward = _tape.Nodes.Count;
        _gradients = new(_tape.Backward(_y, _tape.Input("seed", _y.Shape)));
    }

    private Value Block(string name, Value x)
    {
        using var scope = _tape.Scope(name);
        var inner = Norm($"{name}.1", Conv($"{name}.1", x), null);
        return Norm($"{name}.2", Conv($"{name}.2", inner), x);
    }

    private Value Conv(string name, Value x) => _tape.Conv2d(x, _tape.Parameter($"{name}.weight", new(Channels, 3, 3, Channels)), ConvWindow.Same(3, 3));

    private Value Norm(string name, Value x, Value? residual) => _tape.BatchNorm(x, _tape.VectorParameter($"{name}.scale", Channels),
        _tape.VectorParameter($"{name}.shift", Channels), _tape.State($"{name}.mean", Shape.Vector(Channels), 1),
        _tape.State($"{name}.variance", Shape.Vector(Channels), 1), training: true, relu: true, residual);

    [Fact]
    public void Gradients_and_statistics_are_the_same_to_the_bit()
    {
        var again = Recomputation.Least(_tape, _forward);
        foreach (var value in _tape.Parameters.Select(parameter => _gradients[parameter]))
        {
            _tape.Keep(value);
            again.Tape.Keep(again[value]);
        }
        using var backend = new CpuBackend(threads: 2);
        using var plain = backend.Compile<float>(_tape);
        using var program = backend.Compile<float>(again.Tape);
        plain.FillAll(3);
        foreach (var value in _tape.Values.Where(value => value.Kind != ValueKind.Intermediate))
            program.Write(again[value], plain.Read(value));
        plain.Run();
        program.Run();
        Assert.All(_tape.Values.Where(value => value.Kept || value.Kind == ValueKind.State),
            value => Assert.Equal(plain.Read(value), program.Read(again[value])));
    }

    [Fact]
    public void Each_convolution_but_those_of_the_last_piece_is_run_twice_at_most()
    {
        var again = Recomputation.Least(_tape, _forward).Tape;
        var runs = again.Nodes.Where(node => node.Op is Conv2d).GroupBy(node => node.Inputs[1].Name).ToDictionary(group => group.Key, group => group.Count());
        Assert.All(runs.Values, count => Assert.InRange(count, 1, 2));
        Assert.Equal(2, runs["block0.1.weight"]);
        Assert.Equal(1, runs["block7.2.weight"]);
    }

    [Fact]
    public void It_needs_less_memory_and_tells_where_nodes_are()
    {
        var again = Recomputation.Least(_tape, _forward);
        Assert.InRange(MemoryPlan.For(again.Tape, sizeof(float)).ArenaBytes, 0, (long)(0.6 * MemoryPlan.For(_tape, sizeof(float)).ArenaBytes));
        Assert.All(_tape.Nodes, node => Assert.Equal(node.Op, again.Tape.Nodes[again.PlaceOf(node.Index)].Op));
    }

    [Fact]
    public void What_changes_its_inputs_is_not_recorded_once_more()
    {
        var update = new SgdUpdate(0.9, 0);
        Assert.Contains("cannot be recorded once more", Assert.Throws<NotSupportedException>(() => update.RecordAgain(_tape, [], [])).Message);
    }
}
