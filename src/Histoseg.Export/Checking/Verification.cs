using Histoseg.Engine;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;

namespace Histoseg.Export.Checking;

/// <summary>Runs an exported file with ONNX Runtime and the model with our CPU backend on the same random images.</summary>
/// <param name="model">The model.</param>
/// <param name="weights">Its parameters and running statistics.</param>
/// <param name="source">Where they came from, for errors.</param>
/// <param name="batches">Batches (N, H, W, 3) to compare on.</param>
internal sealed class Verification(ModelDescription model, ParameterSet<float> weights, string source, IReadOnlyList<Shape> batches)
{
    /// <summary>Largest difference of two probabilities that rounding explains.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>Compares both on all batches.</summary>
    /// <param name="path">The exported file.</param>
    /// <param name="cancel">Looked at between batches.</param>
    /// <returns>The largest difference of probabilities.</returns>
    /// <exception cref="EngineError">ONNX Runtime refuses the file, the model gives no numbers, or the difference is above <see cref="Tolerance"/>.</exception>
    public double Check(string path, CancellationToken cancel)
    {
        using var exported = new ExportedModel(path);
        using var backend = new CpuBackend();
        var worst = 0.0;
        foreach (var batch in batches)
        {
            cancel.ThrowIfCancellationRequested();
            var colours = RandomImages.Draw(batch);
            var difference = LargestDifference(Ours(backend, batch, colours), exported.Run(batch, colours));
            if (!(difference <= Tolerance))
                throw new EngineError(FormattableString.Invariant($"verification failed: on {batch.N} images of {batch.W}×{batch.H} the probabilities of ONNX Runtime {ExportedModel.RuntimeVersion} differ from ours by up to {difference:0.0e+0}, more than {Tolerance}; no file was written, please report this with the model's model.json"));
            worst = Math.Max(worst, difference);
        }
        return worst;
    }

    /// <summary>Our probabilities, (N, H, W, classes).</summary>
    private float[] Ours(CpuBackend backend, Shape batch, byte[] colours)
    {
        var recording = PatchSegmenter.Record(model.ToNetworkSettings(), batch, model.Normalisation);
        using var program = backend.Compile(recording.Tape);
        weights.Fold(recording.Layers.FoldedNorms).CopyTo(program, source);
        program.Write(recording.Image, colours);
        program.Run();
        if (!program.IsFinite(recording.Probabilities))
            throw new EngineError($"{source}: the model's own probabilities are not numbers; the training that wrote it had diverged, so use an earlier model");
        return program.Read(recording.Probabilities);
    }

    private static double LargestDifference(float[] ours, float[] theirs)
    {
        if (ours.Length != theirs.Length)
            return double.PositiveInfinity;
        var worst = 0.0;
        for (var i = 0; i < ours.Length; i++)
        {
            // A NaN on either side is no agreement, and Math.Max hands it on.
            worst = Math.Max(worst, Math.Abs((double)ours[i] - theirs[i]));
        }
        return worst;
    }
}
