using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checking;

namespace Histoseg.Engine.Tests.Ops;

/// <summary>What every operation must pass, driven by its case list.</summary>
public class OpCaseTests
{
    public static TheoryData<string> Cases => [.. OpCases.All.Select(c => c.ToString())];

    private static OpCase Case(string name) => OpCases.All.Single(c => c.ToString() == name);

    [Fact]
    public void Every_case_has_its_own_name() => Assert.Equal(OpCases.All.Count, OpCases.All.Select(c => c.ToString()).Distinct().Count());

    [Theory, MemberData(nameof(Cases))]
    public void Tape_gradient_equals_difference_quotient(string name)
    {
        using var backend = new CpuBackend(threads: 1);
        var result = GradientCheck.Run(Case(name), backend);
        // An operation of rewritten inference tapes alone has no gradient; TapeRewriterTests hold it to those it stands for.
        Assert.Equal(Case(name).Inputs.All(input => input.IsConstant), result.Elements == 0);
        Assert.InRange(result.WorstError, 0, GradientCheck.Tolerance);
        Assert.InRange(result.WorstErrorUsedTwice, 0, GradientCheck.Tolerance);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Float32_agrees_with_float64_at_every_simd_level(string name)
    {
        var @case = Case(name);
        using var plain = new CpuBackend(threads: 1);
        var expected = GradientCheck.Evaluate<double>(@case, plain.Compile<double>);
        foreach (var simd in Enum.GetValues<SimdLevel>())
        {
            using var backend = new CpuBackend(threads: 3, simd);
            var actual = GradientCheck.Evaluate<float>(@case, backend.Compile);
            foreach (var ((what, numbers), (_, found)) in expected.Named().Zip(actual.Named()))
                CaseAssert.Close(numbers, found, $"{simd} {what}");
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Results_do_not_depend_on_the_number_of_threads(string name)
    {
        using var one = new CpuBackend(threads: 1);
        var expected = GradientCheck.Evaluate<float>(Case(name), one.Compile);
        foreach (var threads in new[] { 2, 40 })
        {
            using var many = new CpuBackend(threads);
            var actual = GradientCheck.Evaluate<float>(Case(name), many.Compile);
            Assert.Equal(expected.Output, actual.Output);
            Assert.Equal(expected.Gradients, actual.Gradients);
            Assert.Equal(expected.State, actual.State);
        }
    }
}
