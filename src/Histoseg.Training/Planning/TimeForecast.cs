using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Planning;

/// <summary>How long a training will take on a processor, told before it begins.</summary>
internal static class TimeForecast
{
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(1), Long = TimeSpan.FromHours(24);
    private const int SlimWidth = 8;

    /// <summary>Measures how long an update takes.</summary>
    /// <param name="config">What will be trained.</param>
    /// <param name="backend">The device.</param>
    /// <param name="made">Updates that are made already.</param>
    /// <returns>Seconds; null where no update is left, on a GPU, which would have to compile another network, and where not even that fits into memory, which
    /// the run itself tells better.</returns>
    public static double? Measure(TrainConfig config, Backend backend, long made)
    {
        if (backend is not ProcessorBackend || made >= config.Training.Iterations)
            return null;
        try
        {
            return StepSpeed.SecondsPerUpdate(config, backend, Short.TotalSeconds / (config.Training.Iterations - made));
        }
        catch (EngineError)
        {
            return null;
        }
    }

    /// <summary>Tells it in a line, and in another where it takes days; nothing of what is done in a minute, and of what was not measured.</summary>
    /// <param name="config">What will be trained.</param>
    /// <param name="secondsPerUpdate">What <see cref="Measure"/> gave.</param>
    /// <param name="state">How far the run is.</param>
    public static IEnumerable<string> InWords(TrainConfig config, double? secondsPerUpdate, TrainingProgressState state) => secondsPerUpdate is { } seconds
        ? InWords(config, seconds, state.Iteration, state.Seconds, WorkOf) : [];

    /// <summary>The same for a speed.</summary>
    internal static IEnumerable<string> InWords(TrainConfig config, double secondsPerUpdate, long made, double seconds, Func<TrainConfig, double> workOf)
    {
        var left = Math.Max(0, config.Training.Iterations - made);
        var needed = TimeSpan.FromSeconds(Math.Min(left * secondsPerUpdate, 1e9));
        var text = Figures.Text($"{left} updates of about {secondsPerUpdate:0.###} s, as measured here: {Figures.Duration(needed)} without validation");
        if (config.Training.MaxMinutes is { } minutes && TimeSpan.FromSeconds(Math.Max(0, 60 * minutes - seconds)) is var allowed && allowed < needed)
        {
            var fitting = allowed.TotalSeconds / secondsPerUpdate;
            yield return text + Figures.Text($"; training.max_minutes ends it after {Figures.Duration(allowed)}, {fitting:0} updates");
            if (config.Schedule.Kind != ScheduleKind.Constant && allowed < needed / 2)
                yield return Figures.Text($"the learning rate falls over all {config.Training.Iterations} updates, so it will end high; ")
                    + "fewer training.iterations suit the time";
            yield break;
        }
        if (needed >= Short)
            yield return text;
        if (needed < Long)
            yield break;
        var slim = config with { Network = config.Network with { Width = SlimWidth, Pretrained = null } };
        yield return Figures.Text($"in an hour {3600 / secondsPerUpdate:0} updates fit")
            + (config.Network.Width > SlimWidth
                ? Figures.Text($"; with network.width: {SlimWidth} all would take about {Figures.Duration(needed * (workOf(slim) / workOf(config)))}") : "")
            + "; engine init proposes a network and updates for the time there is";
    }

    private static double WorkOf(TrainConfig config) => NetworkPlan.ForTraining(config).Flops;
}
