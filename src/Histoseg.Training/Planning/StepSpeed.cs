using System.Diagnostics;
using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Models;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Planning;

/// <summary>How long updates take, measured on few patches.</summary>
internal static class StepSpeed
{
    // The first updates are slower than all others: .NET compiles better what has run for a while.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private const int Enough = 100;

    /// <summary>Seconds that one update of a config takes on a device.</summary>
    /// <remarks>Updates of the smallest batch are made on grey patches for two seconds, at least two of them, and forgotten; the quickest counts.</remarks>
    /// <param name="config">What is trained.</param>
    /// <param name="backend">Where.</param>
    /// <param name="ofNoInterest">Of an update that takes fewer seconds it need not be known how many.</param>
    /// <exception cref="Engine.EngineError">A setting is out of range, or there is not enough memory.</exception>
    public static double SecondsPerUpdate(TrainConfig config, Backend backend, double ofNoInterest = 0)
    {
        var small = config with { Training = config.Training with { BatchSize = TrainConfig.LeastBatch } };
        var recorded = TrainingStep.Record(small, Normalisation.ImageNet);
        using var program = FittingBatch.Compile(backend, recorded.Tape, TrainConfig.LeastBatch, TrainConfig.LeastBatch, "training.batch_size",
            Remedy.LookAtPlan, _ => recorded.Tape);
        program.Run();
        var (quickest, begun, made) = (double.MaxValue, Stopwatch.GetTimestamp(), 0);
        do
        {
            var started = Stopwatch.GetTimestamp();
            program.Run();
            quickest = Math.Min(quickest, Stopwatch.GetElapsedTime(started).TotalSeconds / TrainConfig.LeastBatch * config.Training.BatchSize);
        }
        while (quickest > ofNoInterest && ++made < Enough && Stopwatch.GetElapsedTime(begun) < Patience);
        return quickest;
    }
}
