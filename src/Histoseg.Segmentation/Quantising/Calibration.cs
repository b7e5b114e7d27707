using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Rewriting;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Segmentation.Quantising;

/// <summary>Runs a network on patches and looks at what its convolutions read, to choose bytes for it.</summary>
/// <remarks>
/// Quantised are the convolutions that inference does as such, of eight channels and more on either side. So the first layer, which reads colours, and the
/// last, which gives few classes, stay real.
/// </remarks>
internal sealed class Calibration : IDisposable
{
    /// <summary>Numbers of a map and patch that are looked at, about.</summary>
    private const int Looked = 1 << 17;

    private readonly PatchSegmenter.Recording _plain;
    private readonly Program<float> _program;
    private readonly IReadOnlyDictionary<string, int> _axes;
    private readonly IReadOnlyDictionary<string, Value> _inputs;
    private readonly Dictionary<Value, ValueRange> _ranges;
    private readonly float[] _numbers;

    /// <summary>Compiles a network.</summary>
    /// <param name="backend">The processor, which the caller keeps owning.</param>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its parameters and running statistics.</param>
    /// <param name="source">Where they came from, for errors.</param>
    /// <param name="patchSize">Side of the patches.</param>
    /// <param name="normalisation">How colours become input.</param>
    /// <exception cref="Engine.EngineError">The weights belong to another network or are not finite, or there is not enough memory.</exception>
    public Calibration(ProcessorBackend backend, Network network, ParameterSet<float> weights, string source, int patchSize, Normalisation normalisation)
    {
        _plain = PatchSegmenter.Record(network, patchSize, batchSize: 1, normalisation);
        var rewritten = _plain.Rewritten();
        _axes = TapeQuantiser.Candidates(rewritten.Tape, rewritten.Pieces);
        _inputs = TapeQuantiser.InputsOf(_plain.Tape, _axes.Keys);
        _ranges = _inputs.Values.Distinct().ToDictionary(_plain.Tape.Keep, _ => new ValueRange());
        _numbers = new float[_ranges.Keys.Select(value => value.Shape.Count).DefaultIfEmpty().Max()];
        _program = backend.Compile<float>(_plain.Tape);
        Folded = _plain.Prepared(weights, source);
        Folded.CopyTo(_program, source, ParameterSet<float>.IsModel);
    }

    /// <summary>The weights with batch norms folded.</summary>
    public ParameterSet<float> Folded { get; }

    /// <summary>Looks at one patch.</summary>
    /// <param name="rgb">P × P × 3 bytes.</param>
    public void Add(ReadOnlySpan<byte> rgb)
    {
        _program.Write(_plain.Image, rgb);
        _program.Run();
        foreach (var (value, range) in _ranges)
        {
            var numbers = _numbers.AsSpan(0, (int)value.Shape.Count);
            _program.Read(value, numbers);
            // An odd step, so that no channel is passed over.
            range.Add(numbers, numbers.Length / Looked | 1);
        }
    }

    /// <summary>What came of all patches.</summary>
    /// <param name="patches">What they were, in words.</param>
    public QuantisationDescription Result(string patches)
    {
        var best = _ranges.ToDictionary(range => range.Key, range => range.Value.Best());
        return new()
        {
            CalibratedOn = patches,
            Layers = _inputs.OrderBy(input => input.Key, StringComparer.Ordinal).ToDictionary(input => input.Key,
                input => new QuantisedLayerDescription(best[input.Value].Scale, best[input.Value].ZeroPoint, _axes[input.Key])),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();
}
