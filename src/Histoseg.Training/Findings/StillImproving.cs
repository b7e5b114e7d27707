namespace Histoseg.Training.Findings;

/// <summary>Whether validation still gets better.</summary>
internal static class StillImproving
{
    // Two validations that are no better happen in a run that goes on improving.
    private const int EnoughAfter = 3;

    /// <summary>The sentence; null for fewer than three validations.</summary>
    public static Answer? Of(IReadOnlyList<(int Iteration, double Dice)> validations, RunEnd end)
    {
        if (ValidationCourse.Of(validations) is not { } course)
            return null;
        var (iteration, dice) = course.Best;
        var place = course.After == 0 ? "the last" : "one of the last two";
        var best = Figures.Text($"the best validation, Dice {dice:0.000} at iteration {iteration}, is {place}");
        var (isNow, has) = end == RunEnd.None ? ("is", "has") : ("was", "had");
        var was = Figures.Text($"the best validation, Dice {dice:0.000}, was at iteration {iteration}");
        var last = Figures.Text($"the last had {validations[^1].Dice:0.000}");
        return new(Question.Improving,
            course.IsRising ? Figures.Text($"It {isNow} still improving: {best}, and over the last {course.Looked} Dice rose by {course.Rise:0.000}.")
            : course.IsLevel ? Figures.Text($"It {has} levelled off: {best}, but over the last {course.Looked} Dice hardly changed.")
            : course.After < EnoughAfter ? $"Not settled: {was}, {last}."
            : Figures.Text($"It {has} stopped improving: {was}; none of the {course.After} after it was better, {last}."));
    }
}
