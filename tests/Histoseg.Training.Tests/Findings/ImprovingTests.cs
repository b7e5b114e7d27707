using Histoseg.Training.Findings;

namespace Histoseg.Training.Tests.Findings;

/// <summary>Is it still improving?</summary>
public class ImprovingTests
{
    [Theory]
    [InlineData(new[] { 0.5, 0.6, 0.7 }, true,
        "It was still improving: the best validation, Dice 0.700 at iteration 3000, is the last, and over the last 3 Dice rose by 0.200.")]
    [InlineData(new[] { 0.5, 0.6, 0.8, 0.7 }, false,
        "It is still improving: the best validation, Dice 0.800 at iteration 3000, is one of the last two, and over the last 3 Dice rose by 0.100.")]
    [InlineData(new[] { 0.5, 0.7, 0.7, 0.7, 0.701 }, true,
        "It had levelled off: the best validation, Dice 0.701 at iteration 5000, is the last, but over the last 3 Dice hardly changed.")]
    [InlineData(new[] { 0.5, 0.8, 0.7, 0.75 }, false,
        "Not settled: the best validation, Dice 0.800, was at iteration 2000, the last had 0.750.")]
    [InlineData(new[] { 0.5, 0.6, 0.8, 0.3 }, true, "Not settled: the best validation, Dice 0.800, was at iteration 3000, the last had 0.300.")]
    [InlineData(new[] { 0.5, 0.8, 0.7, 0.6, 0.75 }, true,
        "It had stopped improving: the best validation, Dice 0.800, was at iteration 2000; none of the 3 after it was better, the last had 0.750.")]
    public void The_place_of_the_best_validation_and_the_slope_of_the_last(double[] dice, bool ended, string text) =>
        Assert.Equal(new(Question.Improving, text), StillImproving.Of(Drawn.Validations(dice), ended ? RunEnd.Iterations : RunEnd.None));

    [Fact]
    public void Two_validations_say_nothing() => Assert.Null(StillImproving.Of(Drawn.Validations(0.1, 0.9), RunEnd.Iterations));

    [Fact]
    public void How_far_the_learning_rate_had_fallen()
    {
        var whole = new RunFacts { Classes = Drawn.Two, End = RunEnd.Iterations, Iterations = 5000, IterationsSet = 5000, Rate = (0.01, 0.00002, 0.00001) };
        Assert.Equal(new(Question.Improving, "The learning rate had fallen to 0.2 % of its highest."), RateAtEnd.Of(whole));
        var cut = whole with { End = RunEnd.Minutes, Iterations = 1934, MinutesSet = 2.5, Rate = (0.01, 0.0062, 0.00001) };
        Assert.Equal("The learning rate was still at 62 % of its highest when training.max_minutes ended the run after 1934 of 5000 iterations.",
            RateAtEnd.Of(cut)!.Text);
        Assert.Equal(new(Question.Next, "If training.max_minutes is to stay 2.5, set training.iterations to about 1900, "
            + "as many as fitted into it: the learning rate then falls to its end."), FallInTime.Of(cut));
        Assert.Null(FallInTime.Of(whole));
    }

    [Fact]
    public void A_rate_that_is_meant_to_stay_or_a_run_that_goes_on_is_not_spoken_of()
    {
        var run = new RunFacts { Classes = Drawn.Two, End = RunEnd.Minutes, Rate = (0.01, 0.01, 0.01) };
        Assert.Null(RateAtEnd.Of(run));
        Assert.Null(FallInTime.Of(run));
        Assert.Null(RateAtEnd.Of(run with { End = RunEnd.None, Rate = (0.01, 0.01, 0.0001) }));
    }
}
