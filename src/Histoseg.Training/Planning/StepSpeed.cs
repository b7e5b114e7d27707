using System.Diagnostics;
using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Models;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Planning;

/// <summary>How long updates take, measured on few patches.</summary>
internal static class StepSpeed
{
    /// <summary>Seconds that one update of a config takes on a device.</summary>
    /// <remarks>Two updates of the smallest batch are made on grey patches, of which the second is timed, and forgotten.</remarks>
    /// <exception cref="Engine.EngineError">A setting is out of range, or there is not enough memory.</exception>
    public static double SecondsPerUpdate(TrainConfig config, Backend backend)
    {
        var small = config with { Training = config.Training with { BatchSize = TrainConfig.LeastBatch } };
        var recorded = TrainingStep.Record(small, Normalisation.ImageNet);
        using var program = FittingBatch.Compile(backend, recorded.Tape, TrainConfig.LeastBatch, TrainConfig.LeastBatch, "training.batch_size",
            Remedy.LookAtPlan, _ => recorded.Tape);
        program.Run();
        var started = Stopwatch.GetTimestamp();
        program.Run();
        return Stopwatch.GetElapsedTime(started).TotalSeconds / TrainConfig.LeastBatch * config.Training.BatchSize;
    }
}
