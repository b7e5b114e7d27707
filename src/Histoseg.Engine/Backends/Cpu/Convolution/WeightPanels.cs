namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>A convolution's weights as panels of the register tile's width: [phase][panel][tap][input channel][Columns].</summary>
internal sealed unsafe class WeightPanels<TKernel> where TKernel : struct, IMicroKernel
{
    private const int PackedChannels = 64;

    private readonly TapGeometry _g;
    private readonly ConvolutionTensors _t;
    private readonly long[] _start;
    private readonly PackedWeights _weights;
    private readonly Action<int> _pack;

    public WeightPanels(TapGeometry geometry, ConvolutionTensors tensors, CpuMemory memory)
    {
        (_g, _t, _pack) = (geometry, tensors, Pack);
        Panels = (geometry.Target.C + TKernel.Columns - 1) / TKernel.Columns;
        _start = new long[geometry.Phases.Length];
        var floats = 0L;
        for (var i = 0; i < _start.Length; i++)
        {
            _start[i] = floats;
            floats += (long)geometry.Phases[i].Taps.Length * geometry.Source.C * Panels * TKernel.Columns;
        }
        _weights = memory.Packed(typeof(WeightPanels<TKernel>), (nint)tensors.Weight, tensors.WeightIsConstant, floats);
    }

    /// <summary>Panels of each phase.</summary>
    public int Panels { get; }

    /// <summary>Floats they take of the scratch, at its beginning.</summary>
    public long ScratchFloats => _weights.ScratchFloats;

    /// <summary>The first number of a panel.</summary>
    public float* Panel(int phase, int panel) =>
        _weights.Data + _start[phase] + (long)panel * _g.Phases[phase].Taps.Length * _g.Source.C * TKernel.Columns;

    /// <summary>Packs the weights if they are not.</summary>
    public void Pack(WorkerPool pool) => _weights.Pack(pool, _g.Phases.Length * Panels, _pack);

    /// <summary>Packs one panel of one phase's weights: [tap][input channel][Columns], zero beyond the last output channel.</summary>
    private void Pack(int task)
    {
        var (phaseIndex, panel) = (task / Panels, task % Panels);
        var taps = _g.Phases[phaseIndex].Taps;
        var (inner, outer, kernelTaps) = (_g.Source.C, _g.Target.C, _g.KernelTaps);
        var first = panel * TKernel.Columns;
        var columns = Math.Min(TKernel.Columns, outer - first);
        var weight = (float*)_t.Weight;
        var to = Panel(phaseIndex, panel);
        new Span<float>(to, taps.Length * inner * TKernel.Columns).Clear();
        foreach (var tap in taps)
        {
            if (_t.WeightTransposed)
            {
                for (var c = 0; c < inner; c++, to += TKernel.Columns)
                    new ReadOnlySpan<float>(weight + ((long)c * kernelTaps + tap) * outer + first, columns).CopyTo(new Span<float>(to, columns));
                continue;
            }
            // A few channels at a time, so that the lines written to stay in the cache until they are full.
            for (var c = 0; c < inner; c += PackedChannels)
                for (var n = 0; n < columns; n++)
                {
                    var from = weight + ((long)(first + n) * kernelTaps + tap) * inner;
                    for (var i = c; i < Math.Min(c + PackedChannels, inner); i++)
                        to[(long)i * TKernel.Columns + n] = from[i];
                }
            to += inner * TKernel.Columns;
        }
    }
}
