using System.Globalization;
using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
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
    private readonly Value _image, _target, _rate, _loss, _parts;
    private readonly int _updateFrom;
    private readonly Normalisation _normalisation;

    /// <summary>Records and compiles the step.</summary>
    /// <exception cref="EngineError">A setting is out of range or there is not enough memory.</exception>
    public TrainingStep(CpuBackend backend, TrainConfig config, Normalisation normalisation)
    {
        _normalisation = normalisation;
        var tape = new Tape();
        var (batch, side) = (config.Training.BatchSize, config.Data.PatchSize);
        _image = tape.Input("image", new Shape(batch, side, side, 3));
        _target = tape.Input("target", new Shape(batch, side, side, 1), ElementType.Int32);
        _rate = tape.Input("learning_rate", Shape.Scalar);
        var logits = Network.Create(NetworkSettings.From(config)).Record(new Layers(tape, NetworkMode.Training), _image);
        (_loss, _parts) = tape.SegmentationLoss(logits, _target, config.Loss.LocationWeight, config.Loss.LocationK, config.Loss.ClassWeights);
        tape.Keep(_loss);
        tape.Keep(_parts);
        var gradients = tape.Backward(_loss);
        _updateFrom = tape.Nodes.Count;
        tape.Sgd(gradients, _rate, config.Optimiser.Momentum, config.Optimiser.WeightDecay);
        Program = backend.Compile<float>(tape);
    }

    /// <summary>The compiled step, whose parameters and state persist.</summary>
    public CpuProgram<float> Program { get; }

    /// <summary>Makes one update.</summary>
    /// <param name="batch">The patches.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="slides">The slides the patches' indices refer to, for errors.</param>
    /// <exception cref="EngineError">The loss is NaN or infinite: tells the patches and the layer; the parameters are as before the update.</exception>
    public StepLoss Run(PatchBatch batch, double rate, IReadOnlyList<DatasetSlide> slides)
    {
        _normalisation.Apply(batch.Rgb, Program.Real(_image));
        var target = Program.Integers(_target);
        for (var i = 0; i < target.Length; i++)
            target[i] = batch.Labels[i];
        Program.Real(_rate)[0] = (float)rate;
        Program.Run(0, _updateFrom);
        var loss = Program.Real(_loss)[0];
        var parts = Program.Real(_parts);
        if (!float.IsFinite(loss))
            throw Diverged(batch, loss, slides);
        Program.Run(_updateFrom, Program.Tape.Nodes.Count);
        return new StepLoss(loss, parts[0], parts[1]);
    }

    private EngineError Diverged(PatchBatch batch, float loss, IReadOnlyList<DatasetSlide> slides)
    {
        var where = Program.FirstNonFinite(_updateFrom) ?? "the loss alone";
        var patches = string.Join("; ", batch.Requests.Select(r => string.Create(CultureInfo.InvariantCulture,
            $"{slides[r.Slide].Name} at ({r.X * slides[r.Slide].View.Downsample:0}, {r.Y * slides[r.Slide].View.Downsample:0})")));
        return new EngineError(string.Create(CultureInfo.InvariantCulture,
            $"the loss became {loss} at iteration {batch.Iteration + 1}, first seen in {where}, on the patches {patches} (level-0 pixels); lower optimiser.learning_rate or add schedule.warmup_iterations, then go on from the last checkpoint with --resume"));
    }

    /// <inheritdoc/>
    public void Dispose() => Program.Dispose();
}
