using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Devices;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Segmentation.Models;

/// <summary>A network compiled for inference: batch norms folded, a CRF appended if asked for, softmax appended.</summary>
public sealed class PatchSegmenter : IPatchSegmenter
{
    private readonly Program<float> _program;
    private readonly Recording _recording;
    private readonly byte[] _input;
    private readonly CrfSettings? _crf;

    /// <summary>Compiles a network; <see cref="Load"/> gives it weights.</summary>
    /// <param name="backend">The device, which the caller keeps owning.</param>
    /// <param name="settings">The network.</param>
    /// <param name="patchSize">Side of the patch, a multiple of the network's output stride.</param>
    /// <param name="batchSize">Patches per call.</param>
    /// <param name="normalisation">How colours become input.</param>
    /// <param name="crf">A CRF with fixed weights behind a network that has none; null: none.</param>
    /// <exception cref="Engine.EngineError">A setting is out of range or there is not enough memory; on a GPU, the largest batch that fits is named.</exception>
    public PatchSegmenter(Backend backend, NetworkSettings settings, int patchSize, int batchSize, Normalisation normalisation, CrfSettings? crf = null)
    {
        _crf = crf;
        _recording = Record(settings, patchSize, batchSize, normalisation, crf);
        try
        {
            _program = backend.Compile(_recording.Tape);
        }
        catch (DeviceMemoryError error)
        {
            throw new EngineError(FittingBatch.Advise(error, batchSize, 1, "inference batch (--batch-size, inference.batch_size)",
                batch => Record(settings, patchSize, batch, normalisation, crf).Tape, ((CudaBackend)backend).Precision), error);
        }
        _input = new byte[checked((int)_recording.Image.Shape.Count)];
        (Classes, PatchSize, BatchSize) = (settings.Classes, patchSize, batchSize);
    }

    /// <summary>An inference pass on its tape.</summary>
    /// <param name="Tape">The tape.</param>
    /// <param name="Layers">What was recorded, with the batch norms to fold.</param>
    /// <param name="Image">Input (N, H, W, 3), bytes.</param>
    /// <param name="Probabilities">(N, H, W, classes), kept.</param>
    internal sealed record Recording(Tape Tape, Layers Layers, Value Image, Value Probabilities);

    /// <summary>Records normalisation, network, a CRF if asked for, and softmax for square patches.</summary>
    internal static Recording Record(NetworkSettings settings, int patchSize, int batchSize, Normalisation normalisation, CrfSettings? crf = null) =>
        Record(settings, new Shape(batchSize, patchSize, patchSize, 3), normalisation, crf);

    /// <summary>Records normalisation, network, a CRF if asked for, and softmax.</summary>
    internal static Recording Record(NetworkSettings settings, Shape images, Normalisation normalisation, CrfSettings? crf = null)
    {
        if (crf is not null && settings.Crf is not null)
            throw new EngineError("the network has a CRF as its last layer already; segment without a second one");
        var tape = new Tape();
        var layers = new Layers(tape, NetworkMode.Inference);
        var image = tape.Input("image", images, ElementType.UInt8);
        var logits = Network.Create(settings).Record(layers, tape.NormalisePixels(image, normalisation.Mean, normalisation.Deviation), image);
        if (crf is not null)
            logits = MeanFieldCrf.Record(layers, logits, image, crf);
        return new(tape, layers, image, tape.Keep(tape.Softmax(logits, ElementType.Wide)));
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
    public void Load(ParameterSet<float> weights, string source)
    {
        weights.Fold(_recording.Layers.FoldedNorms).CopyTo(_program, source, value => ParameterSet<float>.IsModel(value) && !(_crf is not null && MeanFieldCrf.Owns(value)));
        if (_crf is not null)
            MeanFieldCrf.Initialise(_program, _crf);
    }

    /// <inheritdoc/>
    public void Segment(ReadOnlySpan<byte> rgb, int count, Span<float> probabilities)
    {
        Run(rgb, count);
        _program.Read(_recording.Probabilities, probabilities);
    }

    /// <summary>Whether it runs on a GPU, where <see cref="CreateBlender"/> can keep the answers.</summary>
    internal bool IsOnGpu => _program is CudaProgram;

    /// <summary>Segments up to <see cref="BatchSize"/> patches and leaves the answers where they are; on a GPU without waiting for it.</summary>
    internal void Run(ReadOnlySpan<byte> rgb, int count)
    {
        var bytes = count * PatchSize * PatchSize * 3;
        if (count == BatchSize)
            _program.Write(_recording.Image, rgb[..bytes]);
        else
        {
            rgb[..bytes].CopyTo(_input);
            _input.AsSpan(bytes).Clear();
            _program.Write(_recording.Image, _input);
        }
        _program.Run();
    }

    /// <summary>A blender of the answers of <see cref="Run"/> on the GPU.</summary>
    internal CudaBlender CreateBlender(int width, IReadOnlyList<float[]> columnWeights, IReadOnlyList<float[]> rowWeights, int posts) =>
        new((CudaProgram)_program, _recording.Probabilities, width, columnWeights, rowWeights, posts: posts);

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();
}
