using Histoseg.Training.Config;
using Histoseg.Training.Reports;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>What is due after an update, and when a run ends.</summary>
public class TrainingAgendaTests
{
    private static readonly TrainingConfig Settings = new() { Iterations = 100, LogEvery = 5, ValidateEvery = 20, CheckpointEvery = 15, Patience = 3 };

    // l: log, v: validate, s: save, e: the last update.
    [Theory]
    [InlineData(1, true, "")]
    [InlineData(5, true, "l")]
    [InlineData(15, true, "ls")]
    [InlineData(20, true, "lvs")]
    [InlineData(20, false, "l")]
    [InlineData(60, true, "lvs")]
    [InlineData(60, false, "ls")]
    [InlineData(99, true, "")]
    [InlineData(100, true, "lvse")]
    [InlineData(100, false, "lse")]
    [InlineData(120, true, "lvse")]
    public void What_is_due_follows_from_the_iteration(int iteration, bool hasValidation, string due) =>
        Assert.Equal(due, InLetters(new TrainingAgenda(Settings, hasValidation).After(new() { Iteration = iteration })));

    [Theory]
    [InlineData(119, "")]
    [InlineData(120, "lvse")]
    [InlineData(500, "lvse")]
    public void When_time_is_up_the_update_is_the_last_and_all_is_due(double seconds, string due) =>
        Assert.Equal(due, InLetters(new TrainingAgenda(Settings with { MaxMinutes = 2 }, true).After(new() { Iteration = 7, Seconds = seconds })));

    [Fact]
    public void Without_a_rhythm_validation_comes_at_the_end_alone()
    {
        var agenda = new TrainingAgenda(Settings with { ValidateEvery = 0 }, true);
        Assert.Equal([100], Enumerable.Range(1, 100).Where(i => agenda.After(new() { Iteration = i }).Validate));
    }

    [Fact]
    public void Losses_are_looked_at_before_they_are_logged_or_saved()
    {
        Assert.False(new Due(false, false, false, false).Collect);
        Assert.True(new Due(true, false, false, false).Collect);
        Assert.True(new Due(false, false, true, false).Collect);
    }

    [Theory]
    [InlineData("", 9, 0, false)]        // nothing was validated
    [InlineData("lvs", 2, 0, false)]     // patience for one more
    [InlineData("lvs", 3, 0, true)]
    [InlineData("ls", 3, 0, false)]      // it ran out earlier, and these weights were not scored
    [InlineData("lvs", 0, 200, true)]    // validating took the time that was left
    [InlineData("ls", 0, 200, false)]    // the next update is the last, and is validated
    [InlineData("lse", 0, 0, true)]
    public void A_run_is_over_after_its_last_update_or_a_validation_that_ends_it(string done, int withoutImprovement, double seconds, bool over)
    {
        var due = new Due(done.Contains('l'), done.Contains('v'), done.Contains('s'), done.Contains('e'));
        var state = new TrainingProgressState { Iteration = 40, WithoutImprovement = withoutImprovement, Seconds = seconds };
        Assert.Equal(over, new TrainingAgenda(Settings with { MaxMinutes = 2 }, true).IsOver(due, state));
    }

    [Theory]
    [InlineData(100, 0, 0, false, false, true)]
    [InlineData(99, 0, 0, false, false, false)]
    [InlineData(50, 3, 0, false, false, true)]
    [InlineData(50, 0, 999, true, false, true)]
    [InlineData(50, 0, 999, false, false, false)]  // the time may have been set anew; it ends a run only after an update
    [InlineData(50, 0, 0, true, false, false)]     // it had ended by a limit that is higher now
    [InlineData(100, 0, 0, false, true, false)]    // a validation is still to be made
    public void A_run_gone_on_with_may_have_nothing_left_to_do(int iteration, int without, double seconds, bool finished, bool rowIsDue, bool over)
    {
        var state = new TrainingProgressState
        {
            Iteration = iteration,
            WithoutImprovement = without,
            Seconds = seconds,
            Finished = finished,
            DueRow = rowIsDue ? new MetricsRow(iteration, 1, 1, 1, 1, 1, 1, 1, null) : null,
        };
        Assert.Equal(over, new TrainingAgenda(Settings with { MaxMinutes = 2 }, true).WasOver(state));
    }

    [Fact]
    public void Without_patience_a_run_goes_on_however_long_nothing_improves() =>
        Assert.False(new TrainingAgenda(Settings with { Patience = 0 }, true).OutOfPatience(new() { WithoutImprovement = 1000 }));

    private static string InLetters(Due due) => $"{(due.Log ? "l" : "")}{(due.Validate ? "v" : "")}{(due.Save ? "s" : "")}{(due.Last ? "e" : "")}";
}
