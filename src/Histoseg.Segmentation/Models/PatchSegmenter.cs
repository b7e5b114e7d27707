using System.Numerics;
using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Rewriting;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Segmentation.Models;

/// <summary>A network compiled for inference: batch norms folded, a CRF appended if asked for, softmax appended.</summary>
internal sealed class PatchSegmenter : IPatchSegmenter
{
    private readonly Program<float> _program;
    private readonly Recording _recording;
    private readonly Func<int, Recording> _recorded;
    private readonly Dictionary<int, Action?> _fewer = [];
    private readonly byte[] _input;
    private readonly CrfSettings? _crf;
    private readonly bool _folded;

    /// <summary>Compiles a network; <see cref="Load"/> gives it weights.</summary>
    /// <param name="backend">The device, which the caller keeps owning.</param>
    /// <param name="network">The network.</param>
    /// <param name="patchSize">Side of the patch, a multiple of the network's output stride.</param>
    /// <param name="batchSize">Patches per call.</param>
    /// <param name="normalisation">How colours become input.</param>
    /// <param name="crf">A CRF with fixed weights behind a network that has none; null: none.</param>
    /// <param name="exact">Whether the tape is run as it is recorded.</param>
    /// <param name="quantisation">How convolutions are done in bytes, by a processor; a GPU runs such a model with its weights as real numbers. Null: none
    /// is.</param>
    /// <exception cref="Engine.EngineError">A setting is out of range or there is not enough memory; on a GPU, the largest batch that fits is
    /// named.</exception>
    public PatchSegmenter(Backend backend, Network network, int patchSize, int batchSize, Normalisation normalisation, CrfSettings? crf = null,
        bool exact = false, QuantisationDescription? quantisation = null)
    {
        (_crf, _folded, _recorded) = (crf, quantisation is not null, Recorded);
        _recording = Recorded(batchSize);
        _program = FittingBatch.Compile(backend, _recording.Tape, batchSize, 1, "inference batch", Remedy.SmallerBatch, batch => Recorded(batch).Tape);
        _input = new byte[checked((int)_recording.Image.Shape.Count)];
        (Classes, PatchSize, BatchSize, OutputStride) = (network.Classes, patchSize, batchSize, network.OutputStride);
        (Readers, RunsAsynchronously) = (backend.Readers, backend.RunsAsynchronously);

        Recording Recorded(int patches)
        {
            var plain = Record(network, patchSize, patches, normalisation, crf);
            var recording = exact ? plain : plain.Rewritten();
            return quantisation is not null && backend.RunsQuantised ? recording.Quantised(quantisation) : recording;
        }
    }

    /// <summary>An inference pass on its tape, as it is recorded; see <see cref="Rewritten"/>.</summary>
    /// <param name="Tape">The tape.</param>
    /// <param name="Layers">What was recorded, with the batch norms to fold.</param>
    /// <param name="Image">Input (N, H, W, 3), bytes.</param>
    /// <param name="Probabilities">(N, H, W, classes), kept.</param>
    internal sealed record Recording(Tape Tape, Layers Layers, Value Image, Value Probabilities)
    {
        /// <summary>Parameters of the tape that are pieces of the model's.</summary>
        public IReadOnlyList<ParameterPiece> Pieces { get; private init; } = [];

        /// <summary>What <see cref="Rewritten"/> recorded in another way.</summary>
        public IReadOnlyList<AppliedRewrite> Rewrites { get; private init; } = [];

        /// <summary>The same pass with less work, equal up to rounding.</summary>
        public Recording Rewritten()
        {
            var rewriter = TapeRewriter.Rewrite(Tape);
            return new(rewriter.Tape, Layers, rewriter[Image], rewriter[Probabilities]) { Pieces = rewriter.Pieces, Rewrites = rewriter.Applied };
        }

        /// <summary>The same pass with convolutions done in bytes.</summary>
        /// <param name="quantisation">Which, and how.</param>
        public Recording Quantised(QuantisationDescription quantisation)
        {
            var quantiser = new TapeQuantiser(Tape, quantisation.ToLayers(), Pieces);
            return this with { Tape = quantiser.Tape, Image = quantiser[Image], Probabilities = quantiser[Probabilities] };
        }

        /// <summary>A model's weights as the tape has them: batch norms folded into convolutions, and cut where it has pieces.</summary>
        /// <param name="weights">Parameters and running statistics.</param>
        /// <param name="source">Where they came from, for errors.</param>
        /// <param name="folded">Whether batch norms are folded into them already, as those of a quantised model are.</param>
        /// <exception cref="EngineError">They belong to another network or are not finite.</exception>
        public ParameterSet<T> Prepared<T>(ParameterSet<T> weights, string source, bool folded = false) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            (folded ? weights : weights.Fold(Layers.FoldedNorms)).Cut(Pieces, source);
    }

    /// <summary>Records normalisation, network, a CRF if asked for, and softmax for square patches.</summary>
    internal static Recording Record(Network network, int patchSize, int batchSize, Normalisation normalisation, CrfSettings? crf = null) =>
        Record(network, new Shape(batchSize, patchSize, patchSize, 3), normalisation, crf);

    /// <summary>Records normalisation, network, a CRF if asked for, and softmax.</summary>
    internal static Recording Record(Network network, Shape images, Normalisation normalisation, CrfSettings? crf = null)
    {
        if (crf is not null && network.Description.Crf is not null)
            throw new EngineError("the network has a CRF as its last layer already; segment without a second one");
        var tape = new Tape();
        var layers = new Layers(tape, NetworkMode.Inference);
        var image = tape.Input("image", images, ElementType.UInt8);
        var logits = network.Record(layers, tape.NormalisePixels(image, normalisation.Mean, normalisation.Deviation), image);
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

    /// <inheritdoc/>
    public int OutputStride { get; }

    /// <inheritdoc/>
    public int Readers { get; }

    /// <inheritdoc/>
    public bool RunsAsynchronously { get; }

    /// <summary>Takes over weights, folding the batch norms.</summary>
    /// <param name="weights">The model's parameters and running statistics.</param>
    /// <param name="source">Where they came from, for errors.</param>
    /// <exception cref="Engine.EngineError">They belong to another network or are not finite.</exception>
    public void Load(ParameterSet<float> weights, string source)
    {
        _recording.Prepared(weights, source, _folded)
            .CopyTo(_program, source, value => ParameterSet<float>.IsModel(value) && !(_crf is not null && MeanFieldCrf.Owns(value)));
        if (_crf is not null)
            MeanFieldCrf.Initialise(_program, _crf);
    }

    /// <summary>Segments up to <see cref="BatchSize"/> patches and brings the answers back.</summary>
    /// <param name="rgb">count × P × P × 3 bytes.</param>
    /// <param name="count">Patches in this call.</param>
    /// <param name="probabilities">Receives count × P × P × Classes softmax probabilities.</param>
    public void Segment(ReadOnlySpan<byte> rgb, int count, Span<float> probabilities)
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
        Run(count);
        _program.Read(_recording.Probabilities, probabilities);
    }

    /// <inheritdoc/>
    public PatchInput CreateInput(BlockLayout layout) => _program.CreatePatchInput(_recording.Image, layout);

    /// <inheritdoc/>
    public void Run(int count)
    {
        if (count < BatchSize && Fewer(count) is { } run)
            run();
        else
            _program.Run();
    }

    // Compiled when it is needed: most batches are full, but not the last of a slide, nor those among much white.
    private Action? Fewer(int count)
    {
        if (!_fewer.TryGetValue(count, out var run))
            _fewer[count] = run = _program.Shorter(() => _recorded(count).Tape);
        return run;
    }

    /// <inheritdoc/>
    public Blender CreateBlender(BlendLayout layout) => _program.CreateBlender(_recording.Probabilities, layout);

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();
}
