using System.Globalization;
using System.Numerics;
using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Devices;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;

namespace Histoseg.Export.Checking;

/// <summary>Runs an exported file with ONNX Runtime and the model with our CPU backend on the same random images.</summary>
/// <remarks>
/// In float32 the order of sums alone can move the probabilities of a wide network by more than <see cref="Tolerance"/>. Where they differ by
/// more, both are held to float64: ONNX Runtime may be as far from it as our own float32 is, give or take <see cref="Slack"/>.
/// </remarks>
/// <param name="model">The model.</param>
/// <param name="weights">Its parameters and running statistics.</param>
/// <param name="source">Where they came from, for errors.</param>
/// <param name="batches">Batches (N, H, W, 3) to compare on.</param>
/// <param name="note">Told what takes long; null: nobody is.</param>
internal sealed class Verification(ModelDescription model, ParameterSet<float> weights, string source,
    IReadOnlyList<Shape> batches, Action<string>? note = null)
{
    /// <summary>Largest difference of two probabilities that is taken for rounding without another look.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>How many times as far from float64 as our float32 another one may be.</summary>
    private const double Slack = 4;

    /// <summary>Largest difference from float64 that rounding may excuse.</summary>
    private const double MostRounding = 1e-2;

    /// <summary>
    /// How many draws of a batch a network with unpooling gets, of which one must agree. Rounding decides which of two almost equal values is the
    /// maximum, and unpooling puts the value there: now and then the two differ in one of a million windows, and with it in all that follows.
    /// </summary>
    private const int DrawsWithUnpooling = 5;

    /// <summary>Compares both on all batches.</summary>
    /// <param name="path">The exported file.</param>
    /// <param name="cancel">Looked at between runs.</param>
    /// <exception cref="EngineError">ONNX Runtime refuses the file, the model gives no numbers, or they differ by more than rounding.</exception>
    public Agreement Check(string path, CancellationToken cancel)
    {
        using var exported = new ExportedModel(path);
        using var backend = DeviceOpener.OpenProcessor();
        return batches.Select(batch => Check(exported, backend, batch, cancel)).Aggregate((one, other) => one.Or(other));
    }

    private Agreement Check(ExportedModel exported, ProcessorBackend backend, Shape batch, CancellationToken cancel)
    {
        var recording = PatchSegmenter.Record(model.CreateNetwork(), batch, model.Normalisation);
        if (model.Quantisation is { } quantisation)
            return CheckQuantised(exported, backend, recording, quantisation, batch, cancel);
        var draws = recording.Tape.Nodes.Any(node => node.Op is MaxUnpool2d) ? DrawsWithUnpooling : 1;
        for (var draw = 1; ; draw++)
        {
            cancel.ThrowIfCancellationRequested();
            var colours = RandomImages.Draw(batch, draw);
            var (ours, theirs) = (Ours<float>(backend, recording, colours), exported.Run(batch, colours));
            var difference = LargestDifference(ours, theirs);
            if (difference <= Tolerance)
                return new(difference, Rounding: 0);
            if (draw < draws)
                continue;
            cancel.ThrowIfCancellationRequested();
            var (rounding, excused) = double.IsFinite(difference) ? HoldToFloat64(backend, batch, colours, ours, theirs) : (0, false);
            if (excused)
                return new(difference, rounding);
            throw new EngineError(string.Create(CultureInfo.InvariantCulture,
                $"verification failed: on {batch.N} images of {batch.W}×{batch.H} the probabilities of ONNX Runtime {ExportedModel.RuntimeVersion} "
                + $"differ from the engine's by up to {difference:0.0e+0}, and rounding explains {Math.Max(Tolerance, rounding):0.0e+0}; "
                + $"no file was written, please report this with the model's model.json"));
        }
    }

    /// <summary>
    /// In bytes a number between two of them may go one way here and the other there, and all that follows differs. What bytes make of the probabilities is how
    /// far ours are from those of the same weights with maps that are not rounded; two programs that round are on average at most twice as far apart.
    /// </summary>
    private Agreement CheckQuantised(ExportedModel exported, ProcessorBackend backend, PatchSegmenter.Recording plain, QuantisationDescription quantisation,
        Shape batch, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var colours = RandomImages.Draw(batch, 1);
        var (ours, theirs) = (Ours<float>(backend, plain.Quantised(quantisation), colours), exported.Run(batch, colours));
        cancel.ThrowIfCancellationRequested();
        var (difference, steps) = (MeanDifference(ours, theirs), MeanDifference(ours, Ours<float>(backend, plain, colours)));
        return difference <= 2 * steps ? new(LargestDifference(ours, theirs), steps)
            : throw new EngineError(Figures.Text($"verification failed: on {batch.N} images of {batch.W}×{batch.H} the probabilities of ONNX Runtime ")
                + Figures.Text($"{ExportedModel.RuntimeVersion} differ from the engine's by {difference:0.0e+0} on average, ")
                + Figures.Text($"and steps of 8 bits explain {2 * steps:0.0e+0}; no file was written, please report this with the model's model.json"));
    }

    /// <summary>
    /// Takes the image on which they differ most, float64 being slow, and tells how far our float32 is from float64 and whether that excuses theirs.
    /// </summary>
    private (double Rounding, bool Excused) HoldToFloat64(ProcessorBackend backend, Shape batch, byte[] colours, float[] ours, float[] theirs)
    {
        note?.Invoke("the probabilities differ by more than usual; computing them in float64 to see whether rounding explains it, which takes a while");
        T[] Image<T>(T[] all, int n) => all[(all.Length / batch.N * n)..(all.Length / batch.N * (n + 1))];
        var worst = Enumerable.Range(0, batch.N).MaxBy(n => LargestDifference(Image(ours, n), Image(theirs, n)));
        var exact = Ours<double>(backend, PatchSegmenter.Record(model.CreateNetwork(), batch with { N = 1 }, model.Normalisation), Image(colours, worst));
        var rounding = LargestDifference(Image(ours, worst), exact);
        return (rounding, LargestDifference(Image(theirs, worst), exact) <= Math.Min(Slack * rounding, MostRounding));
    }

    /// <summary>Our probabilities, (N, H, W, classes), computed in <typeparamref name="T"/> with the weights that the file holds.</summary>
    private T[] Ours<T>(ProcessorBackend backend, PatchSegmenter.Recording recording, byte[] colours) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var program = backend.Compile<T>(recording.Tape);
        var folded = recording.Prepared(weights, source, folded: model.Quantisation is not null);
        foreach (var value in recording.Tape.Values.Where(ParameterSet<float>.IsModel))
            program.Write(value, Array.ConvertAll(folded.Fitting(value, source), T.CreateChecked));
        program.Write(recording.Image, colours);
        program.Run();
        if (!program.IsFinite(recording.Probabilities))
            throw new EngineError($"{source}: the model's own probabilities are not numbers; the training that wrote it had diverged, so use an earlier model");
        return program.Read(recording.Probabilities);
    }

    private static double MeanDifference(float[] one, float[] other) =>
        one.Length == other.Length ? one.Zip(other, (a, b) => (double)Math.Abs(a - b)).Average() : double.PositiveInfinity;

    private static double LargestDifference<TOne, TOther>(TOne[] one, TOther[] other) where TOne : INumber<TOne> where TOther : INumber<TOther>
    {
        if (one.Length != other.Length)
            return double.PositiveInfinity;
        var worst = 0.0;
        for (var i = 0; i < one.Length; i++)
        {
            // A NaN on either side is no agreement, and Math.Max hands it on.
            worst = Math.Max(worst, Math.Abs(double.CreateChecked(one[i]) - double.CreateChecked(other[i])));
        }
        return worst;
    }
}
