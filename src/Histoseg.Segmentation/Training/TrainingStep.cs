using System.Globalization;
using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides.Sampling;

namespace Histoseg.Segmentation.Training;

/// <summary>The losses of one step.</summary>
/// <param name="Total">What is minimised.</param>
/// <param name="CrossEntropy">Cross-entropy alone.</param>
/// <param name="Location">Location loss alone, before its weight.</param>
public readonly record struct StepLoss(double Total, double CrossEntropy, double Location);

/// <summary>One update of a network, compiled: forward pass, loss, gradients, SGD.</summary>
public sealed class TrainingStep : IDisposable
{
    private readonly RecordedStep _recorded;
    private readonly Normalisation _normalisation;
    private readonly Value[] _persistent;

    /// <summary>Records and compiles the step.</summary>
    /// <exception cref="EngineError">A setting is out of range or there is not enough memory.</exception>
    public TrainingStep(CpuBackend backend, TrainConfig config, Normalisation normalisation)
    {
        (_recorded, _normalisation) = (Record(config), normalisation);
        Program = backend.Compile<float>(_recorded.Tape);
        _persistent = [.. _recorded.Tape.Values.Where(ParameterSet<float>.IsPersistent).OrderBy(value => value.Kind != ValueKind.Parameter)];
    }

    /// <summary>A training step on its tape.</summary>
    /// <param name="Tape">The tape.</param>
    /// <param name="Image">Input (N, P, P, 3).</param>
    /// <param name="Target">Input (N, P, P, 1), integers.</param>
    /// <param name="Rate">Input, the learning rate.</param>
    /// <param name="Loss">The loss, kept.</param>
    /// <param name="Parts">Cross-entropy and location loss, kept.</param>
    /// <param name="UpdateFrom">Index of the first node that changes parameters.</param>
    internal sealed record RecordedStep(Tape Tape, Value Image, Value Target, Value Rate, Value Loss, Value Parts, int UpdateFrom);

    /// <summary>Records forward pass, loss, gradients and updates.</summary>
    internal static RecordedStep Record(TrainConfig config)
    {
        var tape = new Tape();
        var (batch, side) = (config.Training.BatchSize, config.Data.PatchSize);
        var image = tape.Input("image", new Shape(batch, side, side, 3));
        var target = tape.Input("target", new Shape(batch, side, side, 1), ElementType.Int32);
        var rate = tape.Input("learning_rate", Shape.Scalar);
        var logits = Network.Create(NetworkSettings.From(config)).Record(new Layers(tape, NetworkMode.Training), image);
        var (loss, parts) = tape.SegmentationLoss(logits, target, config.Loss.LocationWeight, config.Loss.LocationK, config.Loss.ClassWeights);
        tape.Keep(loss);
        tape.Keep(parts);
        var gradients = tape.Backward(loss);
        var updateFrom = tape.Nodes.Count;
        tape.Sgd(gradients, rate, config.Optimiser.Momentum, config.Optimiser.WeightDecay);
        return new RecordedStep(tape, image, target, rate, loss, parts, updateFrom);
    }

    /// <summary>The compiled step, whose parameters and state persist.</summary>
    public CpuProgram<float> Program { get; }

    /// <summary>Makes one update.</summary>
    /// <param name="batch">The patches.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="slides">The slides the patches' indices refer to, for errors.</param>
    /// <exception cref="EngineError">The loss is NaN or infinite, or the update made a parameter or running statistic so: tells the patches and the layer or parameter; the program cannot be used any more.</exception>
    public StepLoss Run(PatchBatch batch, double rate, IReadOnlyList<DatasetSlide> slides)
    {
        _normalisation.Apply(batch.Rgb, Program.Real(_recorded.Image));
        var target = Program.Integers(_recorded.Target);
        for (var i = 0; i < target.Length; i++)
            target[i] = batch.Labels[i];
        Program.Real(_recorded.Rate)[0] = (float)rate;
        Program.Run(0, _recorded.UpdateFrom);
        var loss = Program.Real(_recorded.Loss)[0];
        var parts = Program.Real(_recorded.Parts);
        if (!float.IsFinite(loss))
            throw Diverged(batch, string.Create(CultureInfo.InvariantCulture, $"the loss became {loss}"), Program.FirstNonFinite(_recorded.UpdateFrom) ?? "the loss alone", slides);
        Program.Run(_recorded.UpdateFrom, Program.Tape.Nodes.Count);
        // A finite loss can have an infinite gradient or batch variance; what comes of it must get into no checkpoint.
        if (FirstNonFinitePersistent() is { } broken)
            throw Diverged(batch, "the update made parameters or running statistics NaN or infinite", broken, slides);
        return new StepLoss(loss, parts[0], parts[1]);
    }

    private string? FirstNonFinitePersistent()
    {
        foreach (var value in _persistent)
            foreach (var x in Program.Real(value))
                if (!float.IsFinite(x))
                    return value.Kind == ValueKind.Parameter ? $"parameter {value.Name}"
                        : $"layer {value.Name[..value.Name.LastIndexOf('.')]} ({value.Name[(value.Name.LastIndexOf('.') + 1)..]})";
        return null;
    }

    private static EngineError Diverged(PatchBatch batch, string what, string where, IReadOnlyList<DatasetSlide> slides)
    {
        var patches = string.Join("; ", batch.Requests.Select(r => string.Create(CultureInfo.InvariantCulture,
            $"{slides[r.Slide].Name} at ({r.X * slides[r.Slide].View.Downsample:0}, {r.Y * slides[r.Slide].View.Downsample:0})")));
        return new EngineError(string.Create(CultureInfo.InvariantCulture,
            $"{what} at iteration {batch.Iteration + 1}, first seen in {where}, on the patches {patches} (level-0 pixels); lower optimiser.learning_rate or add schedule.warmup_iterations, then go on from the last checkpoint with --resume"));
    }

    /// <inheritdoc/>
    public void Dispose() => Program.Dispose();
}
