using Histoseg.Engine.Backends.Cpu.Convolution;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu.Quantised;

/// <summary>
/// A convolution's weights in steps of their scales, packed as panels of sixteen output channels: [phase][panel][tap][quad of input channels]; and what a
/// panel's sums become: what the input's zero point adds to each, per phase, and the scale and the bias of each channel.
/// </summary>
internal sealed unsafe class ByteWeights<TKernel> where TKernel : struct, IByteKernel
{
    private const int Columns = IByteKernel.Columns;

    private readonly TapGeometry _g;
    private readonly QuantisedTensors _t;
    private readonly long[] _start;
    private readonly long _numbers; // floats before the channels' numbers
    private readonly int _channels; // rounded up to whole panels
    private readonly PackedWeights _weights;
    private readonly Action<int> _pack;

    public ByteWeights(TapGeometry geometry, QuantisedTensors tensors, CpuMemory memory)
    {
        (_g, _t, _pack) = (geometry, tensors, Pack);
        Panels = (geometry.Target.C + Columns - 1) / Columns;
        _channels = Panels * Columns;
        _start = new long[geometry.Phases.Length];
        var bytes = 0L;
        for (var i = 0; i < _start.Length; i++)
        {
            _start[i] = bytes;
            bytes += PanelBytes(i) * Panels;
        }
        _numbers = bytes / sizeof(float);
        _weights = memory.Packed(typeof(ByteWeights<TKernel>), tensors.Weight, tensors.WeightIsConstant, _numbers + (2 + _start.Length) * (long)_channels);
    }

    /// <summary>Panels of each phase.</summary>
    public int Panels { get; }

    /// <summary>Floats they take of the scratch, at its beginning.</summary>
    public long ScratchFloats => _weights.ScratchFloats;

    /// <summary>The first quad of a panel.</summary>
    public byte* Panel(int phase, int panel) => (byte*)_weights.Data + _start[phase] + panel * PanelBytes(phase);

    /// <summary>What a step of each channel's sums is worth.</summary>
    public float* Scales => _weights.Data + _numbers;

    /// <summary>The channels' biases, 0 where there is none.</summary>
    public float* Biases => Scales + _channels;

    /// <summary>What the input's zero point adds to each channel's sums.</summary>
    public int* ZeroSums(int phase) => (int*)(Scales + (2 + phase) * (long)_channels);

    /// <summary>Packs the weights if they are not.</summary>
    public void Pack(WorkerPool pool) => _weights.Pack(pool, _g.Phases.Length * Panels, _pack);

    private long PanelBytes(int phase) => (long)_g.Phases[phase].Taps.Length * _g.Source.C / QuantisedConvolution.ChannelMultiple * Columns * TKernel.QuadBytes;

    private void Pack(int task)
    {
        var (phase, panel) = (task / Panels, task % Panels);
        var (inner, outer) = (_g.Source.C, _g.Target.C);
        var (strideO, strideTap, strideI) = _t.WeightTransposed ? (1L, (long)outer, (long)_g.KernelTaps * outer) : ((long)_g.KernelTaps * inner, inner, 1L);
        Span<sbyte> four = stackalloc sbyte[QuantisedConvolution.ChannelMultiple];
        for (var column = 0; column < Columns; column++)
        {
            var (o, sum) = (panel * Columns + column, 0);
            var quad = Panel(phase, panel);
            var scale = o < outer ? ((float*)_t.WeightScale)[o] : 1;
            foreach (var tap in _g.Phases[phase].Taps)
            {
                for (var i = 0; i < inner; i += four.Length, quad += Columns * TKernel.QuadBytes)
                {
                    for (var n = 0; n < four.Length; n++)
                    {
                        var weight = o < outer ? ((float*)_t.Weight)[o * strideO + tap * strideTap + (i + n) * strideI] : 0;
                        four[n] = QuantisedConvolution.StepOf(weight, scale);
                        sum += four[n];
                    }
                    TKernel.Pack(four, quad, column);
                }
            }
            ZeroSums(phase)[o] = sum * _t.Input.ZeroPoint;
            if (phase == 0)
            {
                Scales[o] = scale * _t.Input.Scale;
                Biases[o] = o < outer && _t.Bias != 0 ? ((float*)_t.Bias)[o] : 0;
            }
        }
    }
}
