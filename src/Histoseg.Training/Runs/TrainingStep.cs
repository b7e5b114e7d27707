using System.Globalization;
using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Rewriting;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;

namespace Histoseg.Training.Runs;

/// <summary>The losses of one step.</summary>
/// <param name="Total">What is minimised.</param>
/// <param name="CrossEntropy">Cross-entropy alone.</param>
/// <param name="Location">Location loss alone, before its weight.</param>
internal readonly record struct StepLoss(double Total, double CrossEntropy, double Location);

/// <summary>An update that was made.</summary>
/// <param name="Loss">Its losses.</param>
/// <param name="Positives">Patches that showed a foreground class.</param>
/// <param name="Patches">Patches in all.</param>
internal readonly record struct StepResult(StepLoss Loss, int Positives, int Patches);

/// <summary>One update of a network, compiled: forward pass, loss, gradients, SGD.</summary>
/// <remarks>
/// The processor's losses are looked at before each update. A GPU is not made to wait for that: updates are sent one after another and their losses
/// come back together with <see cref="Collect"/>, which is why nothing may be saved before it was called.
/// </remarks>
internal sealed class TrainingStep : IDisposable
{
    private const int MostPending = 16;
    private readonly RecordedStep _recorded;
    private readonly Value[] _persistent;
    private readonly Readback<float> _losses;
    private readonly List<PendingStep> _pending = [];
    private readonly bool _waits;
    private readonly double _backboneFactor;

    /// <summary>Records and compiles the step.</summary>
    /// <param name="backend">The device, which the caller keeps owning.</param>
    /// <param name="config">What to train.</param>
    /// <param name="normalisation">How colours become input.</param>
    /// <param name="acrossRanks">Whether the step is one of all ranks of the backend.</param>
    /// <exception cref="EngineError">A setting is out of range or there is not enough memory; then the largest batch that fits is named.</exception>
    public TrainingStep(Backend backend, TrainConfig config, Normalisation normalisation, bool acrossRanks = false)
    {
        (_recorded, _waits, _backboneFactor) = (Record(config, normalisation, acrossRanks), !backend.RunsAsynchronously, config.Optimiser.BackboneFactor);
        Program = FittingBatch.Compile(backend, _recorded.Tape, config.Training.BatchSize, TrainConfig.LeastBatch, "training.batch_size", Remedy.LookAtPlan,
            batch => Record(config with { Training = config.Training with { BatchSize = batch } }, normalisation, acrossRanks).Tape,
            config.Training.Checkpointing ? null : "training.checkpointing: true");
        _losses = Program.CreateReadback([_recorded.Loss, _recorded.Parts], MostPending);
        _persistent = [.. _recorded.Tape.Values.Where(ParameterSet<float>.IsPersistent).OrderBy(value => value.Kind != ValueKind.Parameter)];
    }

    private sealed record PendingStep(long Iteration, PatchRequest[] Requests, int Positives, int Patches);

    /// <summary>A training step on its tape.</summary>
    /// <param name="Tape">The tape.</param>
    /// <param name="Image">Input (N, P, P, 3), bytes.</param>
    /// <param name="Target">Input (N, P, P, 1), labels as bytes.</param>
    /// <param name="Rows">Input (N, 1, 1, L), how each patch is varied: an <see cref="AugmentationRow"/>.</param>
    /// <param name="Rate">Input, the learning rate.</param>
    /// <param name="BackboneRate">Input, that of the backbone; the same where there is one for all.</param>
    /// <param name="Loss">The loss, kept.</param>
    /// <param name="Parts">Cross-entropy and location loss, kept.</param>
    /// <param name="UpdateFrom">Index of the first node that changes parameters.</param>
    internal sealed record RecordedStep(
        Tape Tape, Value Image, Value Target, Value Rows, Value Rate, Value BackboneRate, Value Loss, Value Parts, int UpdateFrom);

    /// <summary>Records forward pass, loss, gradients and updates.</summary>
    /// <param name="config">What to train.</param>
    /// <param name="normalisation">How colours become input.</param>
    /// <param name="acrossRanks">Whether loss and gradients are those of the patches of all ranks.</param>
    internal static RecordedStep Record(TrainConfig config, Normalisation normalisation, bool acrossRanks = false)
    {
        var tape = new Tape();
        var (batch, side) = (config.Training.BatchSize, config.Data.PatchSize);
        var image = tape.Input("image", new Shape(batch, side, side, 3), ElementType.UInt8);
        var target = tape.Input("target", new Shape(batch, side, side, 1), ElementType.UInt8);
        var rows = tape.Input("augmentation", new Shape(batch, 1, 1, AugmentationRow.Length(config.Augmentation.ToSettings())), ElementType.Wide);
        var (colours, labels) = tape.AugmentPixels(image, target, rows, StainJitter.DensityOfBytes, StainJitter.BytesOfDensity);
        var rate = tape.Input("learning_rate", Shape.Scalar, ElementType.Wide);
        var backboneRate = config.Optimiser.BackboneFactor == 1 ? rate : tape.Input("backbone_learning_rate", Shape.Scalar, ElementType.Wide);
        var logits = config.CreateNetwork().Record(new Layers(tape, NetworkMode.Training) { NormsAcrossRanks = acrossRanks && config.Training.SyncBatchNorm },
            tape.NormalisePixels(colours, normalisation.Mean, normalisation.Deviation), colours);
        var (loss, parts) = tape.SegmentationLoss(logits, labels, config.Loss.LocationWeight, config.Loss.LocationK, config.Loss.ClassWeights,
            acrossRanks: acrossRanks);
        tape.Keep(loss);
        tape.Keep(parts);
        var forward = tape.Nodes.Count;
        var gradients = acrossRanks ? tape.BackwardAcrossRanks(loss) : tape.Backward(loss);
        var updateFrom = tape.Nodes.Count;
        tape.Sgd(gradients, parameter => parameter.Name.StartsWith(Network.Backbone, StringComparison.Ordinal) ? backboneRate : rate,
            config.Optimiser.Momentum, config.Optimiser.WeightDecay);
        if (!config.Training.Checkpointing)
            return new RecordedStep(tape, image, target, rows, rate, backboneRate, loss, parts, updateFrom);
        var again = Recomputation.Least(tape, forward);
        return new RecordedStep(again.Tape, again[image], again[target], again[rows], again[rate], again[backboneRate], again[loss], again[parts],
            again.PlaceOf(updateFrom));
    }

    /// <summary>Updates whose losses were not looked at yet.</summary>
    public int Pending => _losses.Count;

    /// <summary>Whether something else than the processor computes it.</summary>
    public bool IsOnGpu => !_waits;

    /// <summary>What is to be the same on every rank before the first update: parameters, momenta and running statistics.</summary>
    public IReadOnlyList<Value> Persistent => _persistent;

    /// <summary>The compiled step, whose parameters and state persist.</summary>
    public Program<float> Program { get; }

    /// <summary>Whether <see cref="Collect"/> must be called before the next update.</summary>
    public bool IsFull => _losses.Count == MostPending || _waits && _losses.Count > 0;

    /// <summary>Makes one update.</summary>
    /// <param name="batch">The patches; the caller may fill it anew afterwards.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="slides">The slides the patches' indices refer to, for errors.</param>
    /// <param name="counts">Patches, and those with foreground, of all ranks; null: the batch's own.</param>
    /// <exception cref="EngineError">The loss is NaN or infinite, or the update made a parameter or running statistic so: tells the patches and the layer
    /// or parameter; the program cannot be used any more. Or the GPU failed.</exception>
    public void Run(PatchBatch batch, double rate, IReadOnlyList<DatasetSlide> slides, TeamCounts? counts = null)
    {
        Program.Write(_recorded.Image, batch.Rgb);
        Program.Write(_recorded.Target, batch.Labels);
        Program.Write(_recorded.Rows, batch.Rows);
        if (_recorded.BackboneRate != _recorded.Rate)
            Program.Write(_recorded.BackboneRate, [(float)(rate * _backboneFactor)]);
        Program.Write(_recorded.Rate, [(float)rate]);
        var step = new PendingStep(batch.Iteration, [.. batch.Requests], counts?.Positives ?? batch.Positives, counts?.Patches ?? batch.Count);
        if (_waits)
        {
            Program.Run(0, _recorded.UpdateFrom);
            if (Program.Read(_recorded.Loss)[0] is var loss && !float.IsFinite(loss))
                throw Diverged(step, Became(loss), Program.FirstNonFinite(_recorded.UpdateFrom) ?? "the loss alone", slides);
            Program.Run(_recorded.UpdateFrom, Program.Tape.Nodes.Count);
            // A finite loss can have an infinite gradient or batch variance; what comes of it must get into no checkpoint.
            RequireFinite(step, slides);
        }
        else
            Program.Run();
        _losses.Post();
        _pending.Add(step);
    }

    /// <summary>Waits for the updates made since the last call and gives their losses, oldest first.</summary>
    /// <param name="slides">The slides the patches' indices refer to, for errors.</param>
    /// <param name="toSave">Whether the parameters will be saved: then they are looked at too.</param>
    /// <exception cref="EngineError">As with <see cref="Run"/>.</exception>
    public IReadOnlyList<StepResult> Collect(IReadOnlyList<DatasetSlide> slides, bool toSave)
    {
        var losses = _losses.Drain();
        for (var i = 0; i < losses.Count; i++)
            if (!float.IsFinite(losses[i][0]))
                throw Diverged(_pending[i], Became(losses[i][0]), "the loss", slides);
        if (toSave && !_waits && _pending.Count > 0)
            RequireFinite(_pending[^1], slides);
        StepResult[] results = [.. losses.Zip(_pending, (l, step) => new StepResult(new StepLoss(l[0], l[1], l[2]), step.Positives, step.Patches))];
        _pending.Clear();
        return results;
    }

    private static string Became(float loss) => string.Create(CultureInfo.InvariantCulture, $"the loss became {loss}");

    private void RequireFinite(PendingStep step, IReadOnlyList<DatasetSlide> slides)
    {
        foreach (var value in _persistent)
            if (!Program.IsFinite(value))
                throw Diverged(step, "the update made parameters or running statistics NaN or infinite",
                    value.Kind == ValueKind.Parameter ? $"parameter {value.Name}"
                    : $"layer {value.Name[..value.Name.LastIndexOf('.')]} ({value.Name[(value.Name.LastIndexOf('.') + 1)..]})", slides);
    }

    private static EngineError Diverged(PendingStep step, string what, string where, IReadOnlyList<DatasetSlide> slides)
    {
        var patches = string.Join("; ", step.Requests.Select(r => string.Create(CultureInfo.InvariantCulture,
            $"{slides[r.Slide].Name} at ({r.X * slides[r.Slide].View.Downsample:0}, {r.Y * slides[r.Slide].View.Downsample:0})")));
        return new EngineError(string.Create(CultureInfo.InvariantCulture,
            $"{what} at iteration {step.Iteration + 1}, first seen in {where}, on the patches {patches} (level-0 pixels); "
                + $"lower optimiser.learning_rate or add schedule.warmup_iterations, then go on from the last checkpoint"))
        { Remedy = Remedy.Resume };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _losses.Dispose();
        Program.Dispose();
    }
}
