using Histoseg.Training.Config;

namespace Histoseg.Training.Runs;

/// <summary>The learning rate of each iteration.</summary>
internal static class LearningRate
{
    /// <summary>The rate at <paramref name="iteration"/> (0 for the first update).</summary>
    public static double At(TrainConfig config, long iteration)
    {
        var (schedule, total) = (config.Schedule, config.Training.Iterations);
        var factor = schedule.Kind switch
        {
            ScheduleKind.Exponential => Math.Pow(schedule.Factor, iteration / schedule.Every),
            ScheduleKind.Step => Math.Pow(schedule.StepFactor, schedule.Steps.Count(step => iteration >= step)),
            ScheduleKind.Poly => Math.Pow(Math.Max(0, 1 - (double)iteration / total), schedule.Power),
            _ => 1,
        };
        if (iteration < schedule.WarmupIterations)
            factor *= (iteration + 1.0) / schedule.WarmupIterations;
        return config.Optimiser.LearningRate * factor;
    }
}
