using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu.Quantised;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    /// <summary>Numbers that one task rounds: a multiple of what a vector holds.</summary>
    private const int RoundedTogether = 4096;

    public Kernel Quantise(Quantise op, Node node)
    {
        var (x, y) = (Real(node.Inputs[0]), Bytes(node.Outputs[0]));
        if (typeof(T) != typeof(float))
            return ForRange(x.Length, (first, past) =>
            {
                for (var i = first; i < past; i++)
                    y.Data[i] = Rounded(x.Data[i], op.To);
            });
        var rounding = new ByteRounding(op.To);
        return ForRange((x.Length + RoundedTogether - 1) / RoundedTogether, (first, past) =>
        {
            var (i, end) = ((long)first * RoundedTogether, Math.Min((long)past * RoundedTogether, x.Length));
            for (; i <= end - 8; i += 8)
                rounding.Store(Vector256.Load((float*)x.Data + i), y.Data + i);
            for (; i < end; i++)
                y.Data[i] = rounding.Of(((float*)x.Data)[i]);
        });
    }

    public Kernel QuantisedConvolution(QuantisedConvolution op, Node node)
    {
        var (x, y) = (node.Inputs[0], node.Outputs[0]);
        var geometry = op.Convolution is Conv2d convolution ? TapGeometry.Convolution(convolution.Window, x.Shape, y.Shape)
            : TapGeometry.Transposed(((ConvTranspose2d)op.Convolution).Window, x.Shape, y.Shape);
        var tensors = new QuantisedTensors(_memory.Address(x), _memory.Address(node.Inputs[1]), _memory.Address(node.Inputs[2]),
            _memory.IsConstant(node.Inputs[1]), op.IsTransposed, op.HasBias ? _memory.Address(node.Inputs[3]) : 0,
            op.HasResidual ? _memory.Address(node.Inputs[^1]) : 0, op.Relu, _memory.Address(y), op.Input, op.Residual, op.Output);
        if (typeof(T) != typeof(float))
            return PlainQuantised(geometry, tensors);
        return _simd == SimdLevel.Portable || !Avx2.IsSupported ? new ByteConvolution<PortableBytes>(geometry, tensors, _memory, _pool).Run
            : AvxVnni.IsSupported ? new ByteConvolution<VnniBytes>(geometry, tensors, _memory, _pool).Run
            : new ByteConvolution<Avx2Bytes>(geometry, tensors, _memory, _pool).Run;
    }

    private static byte Rounded(T x, Quantisation to) =>
        byte.CreateSaturating(T.Round(x / Number(to.Scale)) + Number(to.ZeroPoint));

    /// <summary>The definition, in any number type.</summary>
    private Kernel PlainQuantised(TapGeometry g, QuantisedTensors tensors)
    {
        T* weight = (T*)tensors.Weight, scale = (T*)tensors.WeightScale, bias = (T*)tensors.Bias;
        var source = (byte*)tensors.Source;
        var (inner, outer) = (g.Source.C, g.Target.C);
        var (strideO, strideTap, strideI) = tensors.WeightTransposed ? (1L, (long)outer, (long)g.KernelTaps * outer) : ((long)g.KernelTaps * inner, inner, 1L);
        return ForRange(outer, (first, past) =>
        {
            for (var o = first; o < past; o++)
                foreach (var phase in g.Phases)
                    for (var p = 0L; p < (long)g.Target.N * phase.Height * phase.Width; p++)
                    {
                        var (n, i, j) = (p / (phase.Height * phase.Width), p / phase.Width % phase.Height, p % phase.Width);
                        var sum = 0;
                        foreach (var run in phase.Runs)
                            for (var t = 0; t < run.Count; t++)
                            {
                                var (v, u) = (i * g.SourceStrideH + run.Dy, j * g.SourceStrideW + run.Dx + t);
                                if ((uint)v >= (uint)g.Source.H || (uint)u >= (uint)g.Source.W)
                                    continue;
                                var tap = weight + o * strideO + phase.Taps[run.Start + t] * strideTap;
                                var pixel = source + ((n * g.Source.H + v) * g.Source.W + u) * inner;
                                for (var c = 0; c < inner; c++)
                                    sum += (pixel[c] - tensors.Input.ZeroPoint) * Steps(tap[c * strideI], scale[o]);
                            }
                        var at = ((n * g.Target.H + i * g.TargetStrideH + phase.OffsetY) * g.Target.W + j * g.TargetStrideW + phase.OffsetX) * outer + o;
                        var value = Number(sum) * Number(tensors.Input.Scale) * scale[o] + (bias == null ? T.Zero : bias[o]);
                        if (tensors.Residual != 0)
                            value += tensors.ResidualBytes is { } bytes ? Number(((byte*)tensors.Residual)[at] - bytes.ZeroPoint) * Number(bytes.Scale)
                                : ((T*)tensors.Residual)[at];
                        if (tensors.Relu)
                            value = T.Max(value, T.Zero);
                        if (tensors.TargetBytes is { } to)
                            ((byte*)tensors.Target)[at] = Rounded(value, to);
                        else
                            ((T*)tensors.Target)[at] = value;
                    }
        });
    }

    private static int Steps(T weight, T scale) =>
        int.CreateChecked(T.Clamp(T.Round(weight / scale), -Number(Ops.QuantisedConvolution.WeightSteps), Number(Ops.QuantisedConvolution.WeightSteps)));
}
