using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu.Convolution;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel Conv2d(Conv2d op, Node node)
    {
        var bias = op.HasBias ? node.Inputs[2] : null;
        var residual = op.HasResidual ? node.Inputs[^1] : null;
        var geometry = TapGeometry.Convolution(op.Window, node.Inputs[0].Shape, node.Outputs[0].Shape);
        return Convolution(geometry, node, bias, residual, op.Relu, weightTransposed: false);
    }

    /// <summary>A convolution or transposed convolution: packed SIMD in float, plain loops in any other type.</summary>
    private Kernel Convolution(TapGeometry geometry, Node node, Value? bias, Value? residual, bool relu, bool weightTransposed)
    {
        if (typeof(T) != typeof(float))
            return PlainConvolution(geometry, node, bias, residual, relu, weightTransposed);
        var tensors = new ConvolutionTensors(_memory.Address(node.Inputs[0]), _memory.Address(node.Inputs[1]), weightTransposed,
            bias is null ? 0 : _memory.Address(bias), residual is null ? 0 : _memory.Address(residual), relu, _memory.Address(node.Outputs[0]));
        return (_simd, geometry.Target.C) switch
        {
            (SimdLevel.Avx512, > 16) => new PackedConvolution<Avx512Wide>(geometry, tensors, _memory, _pool).Run,
            (SimdLevel.Avx512, > 8) => new PackedConvolution<Avx512Narrow>(geometry, tensors, _memory, _pool).Run,
            (SimdLevel.Avx512 or SimdLevel.Avx2, _) => new PackedConvolution<Avx2Kernel>(geometry, tensors, _memory, _pool).Run,
            _ => new PackedConvolution<PortableKernel>(geometry, tensors, _memory, _pool).Run,
        };
    }

    private Kernel PlainConvolution(TapGeometry g, Node node, Value? bias, Value? residual, bool relu, bool weightTransposed)
    {
        var (x, weight, y) = (Real(node.Inputs[0]), Real(node.Inputs[1]), Real(node.Outputs[0]));
        var b = bias is null ? null : Real(bias).Data;
        var added = residual is null ? null : Real(residual).Data;
        var (inner, outer, kernelTaps) = (g.Source.C, g.Target.C, weight.Shape.H * weight.Shape.W);
        // Element strides of (output channel, tap, input channel) in the weight.
        var (strideO, strideI) = weightTransposed ? (1L, (long)kernelTaps * outer) : ((long)kernelTaps * inner, 1L);
        var strideTap = (long)weight.Shape.C;
        var phases = g.Phases.Select(phase => ForRange((long)g.Target.N * phase.Height * phase.Width, (first, past) =>
        {
            for (var p = first; p < past; p++)
            {
                var (n, i, j) = (p / (phase.Height * phase.Width), p / phase.Width % phase.Height, p % phase.Width);
                var at = (((long)n * g.Target.H + i * g.TargetStrideH + phase.OffsetY) * g.Target.W + j * g.TargetStrideW + phase.OffsetX) * outer;
                for (var o = 0; o < outer; o++)
                    y.Data[at + o] = (b == null ? T.Zero : b[o]) + (added == null ? T.Zero : added[at + o]);
                foreach (var run in phase.Runs)
                {
                    for (var t = 0; t < run.Count; t++)
                    {
                        var (v, u) = (i * g.SourceStrideH + run.Dy, j * g.SourceStrideW + run.Dx + t);
                        if ((uint)v >= (uint)g.Source.H || (uint)u >= (uint)g.Source.W)
                            continue;
                        var source = x.Data + (((long)n * g.Source.H + v) * g.Source.W + u) * inner;
                        var tap = weight.Data + phase.Taps[run.Start + t] * strideTap;
                        for (var o = 0; o < outer; o++)
                        {
                            var sum = T.Zero;
                            for (var c = 0; c < inner; c++)
                                sum += source[c] * tap[o * strideO + c * strideI];
                            y.Data[at + o] += sum;
                        }
                    }
                }
                if (relu)
                    for (var o = 0; o < outer; o++)
                        y.Data[at + o] = T.Max(y.Data[at + o], T.Zero);
            }
        })).ToArray();
        return () =>
        {
            foreach (var phase in phases)
                phase();
        };
    }

    public Kernel Conv2dWeightGradient(Conv2dWeightGradient op, Node node)
    {
        var (x, dy, dweight) = (Real(node.Inputs[0]), Real(node.Inputs[1]), Real(node.Outputs[0]));
        var geometry = TapGeometry.Convolution(op.Window, x.Shape, dy.Shape);
        if (typeof(T) != typeof(float))
            return PlainWeightGradient(geometry, x, dy, dweight);
        var (px, pdy, pdw) = ((nint)x.Data, (nint)dy.Data, (nint)dweight.Data);
        return (_simd, geometry.Phases[0].Runs.Max(r => r.Count) * x.Shape.C) switch
        {
            (SimdLevel.Avx512, > 16) => new PackedWeightGradient<Avx512Wide>(geometry, px, pdy, pdw, _memory, _pool).Run,
            (SimdLevel.Avx512, > 8) => new PackedWeightGradient<Avx512Narrow>(geometry, px, pdy, pdw, _memory, _pool).Run,
            (SimdLevel.Avx512 or SimdLevel.Avx2, _) => new PackedWeightGradient<Avx2Kernel>(geometry, px, pdy, pdw, _memory, _pool).Run,
            _ => new PackedWeightGradient<PortableKernel>(geometry, px, pdy, pdw, _memory, _pool).Run,
        };
    }

    private Kernel PlainWeightGradient(TapGeometry g, Buffer<T> x, Buffer<T> dy, Buffer<T> dweight)
    {
        var (s, t, phase) = (g.Source, g.Target, g.Phases[0]);
        return ForRange(t.C, (first, past) =>
        {
            for (var o = first; o < past; o++)
            {
                var sums = dweight.Data + (long)o * phase.Taps.Length * s.C;
                new Span<T>(sums, phase.Taps.Length * s.C).Clear();
                for (var p = 0L; p < t.Pixels; p++)
                {
                    var (n, i, j) = (p / (t.H * t.W), (int)(p / t.W % t.H), (int)(p % t.W));
                    var d = dy.Data[p * t.C + o];
                    foreach (var run in phase.Runs)
                    {
                        for (var k = 0; k < run.Count; k++)
                        {
                            var (v, u) = (i * g.SourceStrideH + run.Dy, j * g.SourceStrideW + run.Dx + k);
                            if ((uint)v < (uint)s.H && (uint)u < (uint)s.W)
                                AddScaled(sums + (long)(run.Start + k) * s.C, x.Data + ((n * s.H + v) * s.W + u) * s.C, d, s.C);
                        }
                    }
                }
            }
        });
    }
}
