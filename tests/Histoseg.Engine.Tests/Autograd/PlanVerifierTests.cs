using FsCheck.Xunit;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Tests.Autograd;

/// <summary>Plans with one value put elsewhere: the error names the node that would write it and what it would destroy.</summary>
public class PlanVerifierTests
{
    // 4096 bytes.
    private static readonly Shape Map = new(1, 8, 8, 16);

    private readonly Tape _tape = new();

    private Value Input => _tape.Values.FirstOrDefault(v => v.Name == "x") ?? _tape.Input("x", Map);

    private Value Mixed(Value x) => _tape.Conv2d(x, _tape.Parameter("w", new Shape(16, 1, 1, 16)), ConvWindow.Square(1));

    private void AssertFault(Func<MemoryPlan, IEnumerable<Placement>> change, params string[] parts)
    {
        var plan = MemoryPlan.For(_tape, sizeof(float));
        var message = Assert.Throws<TapeError>(() => PlanVerifier.Verify(plan, change(plan))).Message;
        Assert.All(parts, part => Assert.Contains(part, message));
    }

    private static IEnumerable<Placement> Moved(MemoryPlan plan, Value value, Func<Placement, Placement> move) =>
        plan.Placements.Select(place => place.Value == value ? move(place) : place);

    private void AssertOverlap(Value moved, Value onto, params string[] parts) =>
        AssertFault(plan => Moved(plan, moved, place => place with { Offset = plan[onto].Offset }), [$"{moved} to bytes", $"over {onto} at bytes", .. parts]);

    [Fact]
    public void A_value_over_one_that_is_read_later()
    {
        var a = Mixed(Input);
        var b = Mixed(a);
        _tape.Keep(_tape.Add(b, a));
        AssertOverlap(b, a, "#1 conv2d writes", "#2 add still reads");
    }

    [Fact]
    public void A_value_over_a_kept_one()
    {
        var a = _tape.Keep(Mixed(Input));
        var b = _tape.Keep(Mixed(Input));
        AssertOverlap(b, a, "#1 conv2d writes", "is kept");
    }

    [Fact]
    public void An_output_over_an_input_of_an_operation_that_does_not_work_in_place()
    {
        var a = Mixed(Input);
        var b = _tape.Keep(Mixed(a));
        AssertOverlap(b, a, "#1 conv2d writes", "it reads or writes itself");
    }

    [Fact]
    public void An_output_over_an_input_that_is_not_the_in_place_one()
    {
        var (a, b) = (Mixed(Input), Mixed(Input));
        var sum = _tape.Keep(_tape.Add(a, b));
        AssertOverlap(sum, b, "#2 add writes", "it reads or writes itself");
    }

    [Fact]
    public void An_output_over_an_in_place_input_that_is_read_later()
    {
        var a = Mixed(Input);
        var b = _tape.Relu(a);
        _tape.Keep(_tape.Add(b, a));
        AssertOverlap(b, a, "#1 relu writes", "#2 add still reads");
    }

    [Fact]
    public void An_output_over_an_in_place_input_that_is_read_twice()
    {
        var a = Mixed(Input);
        var twice = _tape.Keep(_tape.Add(a, a));
        AssertOverlap(twice, a, "#1 add writes", "it reads or writes itself");
    }

    [Fact]
    public void A_second_output_over_the_in_place_input()
    {
        var a = Mixed(Input);
        var outputs = _tape.Record(new BrokenTape.Planted([a.TensorType, a.TensorType], InPlace: 0), a).Outputs;
        AssertOverlap(outputs[1], a, "#1 planted writes", "it reads or writes itself");
    }

    [Fact]
    public void An_output_over_part_of_its_in_place_input()
    {
        var a = Mixed(Input);
        var b = _tape.Relu(a);
        var c = _tape.Keep(Mixed(b));
        AssertFault(plan => Moved(plan, b, place => place with { Offset = place.Offset + (plan[c].Offset > place.Offset ? 1 : -1) * MemoryPlan.Alignment }),
            "#1 relu writes", $"over {a}", "it reads or writes itself");
    }

    [Fact]
    public void Two_outputs_of_one_node_in_one_place()
    {
        var (maxima, places) = _tape.MaxPool2d(Input, 2, 2);
        _tape.Keep(maxima);
        AssertOverlap(places, maxima, "#0 max_pool2d writes");
    }

    [Fact]
    public void A_place_that_is_too_small()
    {
        var a = _tape.Keep(Mixed(Input));
        AssertFault(plan => Moved(plan, a, place => place with { Bytes = 3840 }), "#0 conv2d writes", $"{a}", "3840", "4096");
    }

    [Fact]
    public void A_place_that_is_not_aligned()
    {
        var a = _tape.Keep(Mixed(Input));
        AssertFault(plan => Moved(plan, a, place => place with { Offset = 64 }), "#0 conv2d writes", $"{a} to byte 64", "multiples of 256");
    }

    [Theory]
    [InlineData(256)]
    [InlineData(-256)]
    public void A_place_beyond_the_arena(int offset)
    {
        var a = _tape.Keep(Mixed(Input));
        AssertFault(plan => Moved(plan, a, place => place with { Offset = offset }), "#0 conv2d writes", $"{a} to bytes {offset} to {offset + 4095}", "4096");
    }

    [Fact]
    public void A_value_without_a_place()
    {
        var a = _tape.Keep(Mixed(Input));
        AssertFault(plan => plan.Placements.Where(place => place.Value != a), "#0 conv2d writes", $"{a}", "no place");
    }

    [Fact]
    public void A_value_with_two_places()
    {
        var a = _tape.Keep(Mixed(Input));
        AssertFault(plan => [.. plan.Placements, plan[a]], $"{a}", "two places");
    }

    [Property(MaxTest = 40)]
    public void Any_value_put_where_another_is_alive_is_found(int seed, byte size, bool backward)
    {
        var (tape, _) = RandomTape.Record(seed, size % 24 + 1, backward);
        var plan = MemoryPlan.For(tape, sizeof(float));
        foreach (var value in plan.Placements)
            // Those that outlive the node which writes the value, or are written by it too: no rule lets it write over them.
            foreach (var other in plan.Placements.Where(o => o.First < value.First && o.Last > value.First || o.First == value.First && o.Value != value.Value))
                Assert.Throws<TapeError>(() => PlanVerifier.Verify(plan, Moved(plan, value.Value, place => place with { Offset = plan[other.Value].Offset })));
    }
}
