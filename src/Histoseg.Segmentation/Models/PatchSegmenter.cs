using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Segmentation.Models;

/// <summary>A network compiled for inference: batch norms folded, softmax appended.</summary>
public sealed class PatchSegmenter : IPatchSegmenter
{
    private readonly Program<float> _program;
    private readonly Layers _layers;
    private readonly Value _image, _probabilities;
    private readonly Normalisation _normalisation;
    private readonly float[] _input;

    /// <summary>Compiles a network; <see cref="Load"/> gives it weights.</summary>
    /// <param name="backend">The device, which the caller keeps owning.</param>
    /// <param name="settings">The network.</param>
    /// <param name="patchSize">Side of the patch, a multiple of 8.</param>
    /// <param name="batchSize">Patches per call.</param>
    /// <param name="normalisation">How colours become input.</param>
    /// <exception cref="Engine.EngineError">A setting is out of range or there is not enough memory.</exception>
    public PatchSegmenter(Backend backend, NetworkSettings settings, int patchSize, int batchSize, Normalisation normalisation)
    {
        var tape = new Tape();
        _layers = new Layers(tape, NetworkMode.Inference);
        _image = tape.Input("image", new Shape(batchSize, patchSize, patchSize, 3));
        _probabilities = tape.Keep(tape.Softmax(Network.Create(settings).Record(_layers, _image), ElementType.Wide));
        _program = backend.Compile(tape);
        _input = new float[checked((int)_image.Shape.Count)];
        (Classes, PatchSize, BatchSize, _normalisation) = (settings.Classes, patchSize, batchSize, normalisation);
    }

    /// <inheritdoc/>
    public int Classes { get; }

    /// <inheritdoc/>
    public int PatchSize { get; }

    /// <inheritdoc/>
    public int BatchSize { get; }

    /// <summary>Takes over weights, folding the batch norms.</summary>
    /// <param name="weights">The model's parameters and running statistics.</param>
    /// <param name="source">Where they came from, for errors.</param>
    /// <exception cref="Engine.EngineError">They belong to another network or are not finite.</exception>
    public void Load(ParameterSet<float> weights, string source) => weights.Fold(_layers.FoldedNorms).CopyTo(_program, source);

    /// <inheritdoc/>
    public void Segment(ReadOnlySpan<byte> rgb, int count, Span<float> probabilities)
    {
        var patch = PatchSize * PatchSize;
        _normalisation.Apply(rgb[..(count * patch * 3)], _input);
        _input.AsSpan(count * patch * 3).Clear();
        _program.Write(_image, _input);
        _program.Run();
        _program.Read(_probabilities, probabilities);
    }

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();
}
