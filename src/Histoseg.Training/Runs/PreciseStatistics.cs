using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;

namespace Histoseg.Training.Runs;

/// <summary>
/// The batch norms' statistics of given weights, over batches of training patches: what running averages only follow (Wu and Johnson 2021, "precise batch
/// norm").
/// </summary>
internal sealed class PreciseStatistics : IDisposable
{
    private const string Mean = ".running_mean", Variance = ".running_var";

    private readonly Program<float> _program;
    private readonly Value _image;
    private readonly List<Value> _statistics;
    private readonly PatchSampler _sampler;
    private readonly PatchLoader _loader;
    private readonly PatchBatch _batch;
    private readonly int _batches;

    /// <summary>Compiles the network as it is trained, without loss and gradients.</summary>
    /// <param name="backend">The device, which the caller keeps owning.</param>
    /// <param name="config">The network, and how many batches.</param>
    /// <param name="normalisation">How colours become input.</param>
    /// <param name="training">Where patches come from.</param>
    /// <exception cref="Engine.EngineError">There is not enough memory.</exception>
    public PreciseStatistics(Backend backend, TrainConfig config, Normalisation normalisation, SlideDataset training)
    {
        var count = config.Training.BatchSize;
        (var tape, _image) = Record(config, count, normalisation);
        _program = FittingBatch.Compile(backend, tape, count, TrainConfig.LeastBatch, "training.batch_size", Remedy.LookAtPlan,
            batch => Record(config, batch, normalisation).Tape);
        _statistics = [.. tape.Values.Where(value => value.Kind == ValueKind.State
            && (value.Name.EndsWith(Mean, StringComparison.Ordinal) || value.Name.EndsWith(Variance, StringComparison.Ordinal)))];
        _sampler = new(training, ~(ulong)(uint)config.Seed, config.Data.PositiveShare);
        // Slides that are segmented are not varied either.
        _loader = new(training, new AugmentationSettings { Flips = false, StainJitter = 0, ScaleMin = 1, ScaleMax = 1, BlurProbability = 0 });
        _batch = new(count, config.Data.PatchSize, _loader.RowLength);
        _batches = config.Training.StatisticsBatches;
    }

    /// <summary>Records the forward pass of training.</summary>
    internal static (Tape Tape, Value Image) Record(TrainConfig config, int batch, Normalisation normalisation)
    {
        var (tape, side) = (new Tape(), config.Data.PatchSize);
        var image = tape.Input("image", new Shape(batch, side, side, 3), ElementType.UInt8);
        tape.Keep(config.CreateNetwork().Record(new Layers(tape, NetworkMode.Training),
            tape.NormalisePixels(image, normalisation.Mean, normalisation.Deviation), image));
        return (tape, image);
    }

    /// <summary>The same weights with statistics of their own.</summary>
    /// <param name="weights">Parameters and running statistics.</param>
    /// <param name="cancel">Stops between batches.</param>
    public ParameterSet<float> Of(ParameterSet<float> weights, CancellationToken cancel)
    {
        weights.CopyTo(_program, "the network in training");
        var sums = _statistics.ToDictionary(value => value.Name, value => new double[value.Shape.Count]);
        for (var i = 0; i < _batches; i++)
        {
            cancel.ThrowIfCancellationRequested();
            _batch.Fill(i, _sampler, _loader, cancel);
            _program.Write(_image, _batch.Rgb);
            // From nothing, a step of the running averages leaves the batch's statistics times the momentum.
            foreach (var value in _statistics)
                _program.Write(value, new float[value.Shape.Count]);
            _program.Run();
            foreach (var value in _statistics)
                Add(value, sums);
        }
        var precise = new ParameterSet<float>();
        foreach (var name in weights.Names)
            precise.Add(name, weights.ShapeOf(name), sums.TryGetValue(name, out var sum) ? Result(name, sum, sums) : weights[name]);
        return precise;
    }

    private void Add(Value value, Dictionary<string, double[]> sums)
    {
        var (read, sum) = (_program.Read(value), sums[value.Name]);
        var isVariance = value.Name.EndsWith(Variance, StringComparison.Ordinal);
        var means = isVariance ? _program.Read(_statistics.First(other => other.Name == MeanOf(value.Name))) : [];
        for (var i = 0; i < sum.Length; i++)
            sum[i] += read[i] / BatchNormRecording.DefaultMomentum
                + (isVariance ? Math.Pow(means[i] / BatchNormRecording.DefaultMomentum, 2) : 0);
    }

    private float[] Result(string name, double[] sum, Dictionary<string, double[]> sums) =>
        name.EndsWith(Mean, StringComparison.Ordinal) ? [.. sum.Select(one => (float)(one / _batches))]
        : [.. sum.Zip(sums[MeanOf(name)], (squares, mean) => (float)Math.Max(0, squares / _batches - Math.Pow(mean / _batches, 2)))];

    private static string MeanOf(string variance) => variance[..^Variance.Length] + Mean;

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();
}
