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
        return Convolution(geometry, node.Inputs[0], node.Inputs[1], node.Outputs[0], bias, residual, op.Relu);
    }

    /// <summary>
    /// A convolution or transposed convolution: packed SIMD in float, plain loops in any other type. With <paramref name="accumulate"/> its result is
    /// added to what the target holds.
    /// </summary>
    private Kernel Convolution(TapGeometry geometry, Value source, Value weight, Value target,
        Value? bias = null, Value? residual = null, bool relu = false, bool weightTransposed = false, bool accumulate = false)
    {
        nint At(Value? value) => value is null ? 0 : _memory.Address(value);
        var tensors = new ConvolutionTensors(At(source), At(weight), _memory.IsConstant(weight), weightTransposed,
            At(bias), At(residual), relu, At(target), accumulate);
        if (MixesFewChannels(geometry))
            return MixChannels(geometry, tensors);
        if (typeof(T) != typeof(float))
            return PlainConvolution(geometry, tensors);
        return Use(geometry.Target.C, new PackedMaps(this, geometry, tensors))!;
    }

    /// <summary>Makes something with the register kernel that suits a number of columns.</summary>
    private Kernel? Use(int columns, IKernelUser user) => (_simd, columns) switch
    {
        (SimdLevel.Avx512, > 16) => user.Use<Avx512Wide>(),
        (SimdLevel.Avx512, > 8) => user.Use<Avx512Narrow>(),
        (SimdLevel.Avx2, > 8) => user.Use<Avx2Kernel>(),
        (SimdLevel.Avx512 or SimdLevel.Avx2, _) => user.Use<Avx2Narrow>(),
        _ => user.Use<PortableKernel>(),
    };

    private sealed record PackedMaps(CpuKernels<T> Kernels, TapGeometry Geometry, ConvolutionTensors Tensors) : IKernelUser
    {
        public Kernel Use<TKernel>() where TKernel : struct, IMicroKernel =>
            !Kernels._exact && WinogradShape.Suits(Geometry) ? new WinogradConvolution<TKernel>(Geometry, Tensors, Kernels._memory, Kernels._pool).Run
            : RowConvolution<TKernel>.Suits(Geometry) ? new RowConvolution<TKernel>(Geometry, Tensors, Kernels._memory, Kernels._pool).Run
            : new PackedConvolution<TKernel>(Geometry, Tensors, Kernels._memory, Kernels._pool).Run;
    }

    /// <summary>
    /// Whether this is a matrix of a few numbers times the channels of each pixel: packing those for a register kernel takes
    /// longer than the arithmetic.
    /// </summary>
    private static bool MixesFewChannels(TapGeometry g) =>
        g is { KernelTaps: 1, Source.C: <= 4, Target.C: <= 4, Phases: [{ Runs: [{ Dy: 0, Dx: 0 }] }] }
        && g is { SourceStrideH: 1, SourceStrideW: 1, TargetStrideH: 1, TargetStrideW: 1 }
        && g.Source.Pixels == g.Target.Pixels;

    private Kernel MixChannels(TapGeometry g, ConvolutionTensors tensors)
    {
        T* x = (T*)tensors.Source, weight = (T*)tensors.Weight, y = (T*)tensors.Target, b = (T*)tensors.Bias;
        var added = tensors.Accumulate ? y : (T*)tensors.Residual;
        var (inner, outer, floor) = (g.Source.C, g.Target.C, tensors.Relu ? T.Zero : T.NegativeInfinity);
        var (strideO, strideI) = tensors.WeightTransposed ? (1, outer) : (inner, 1);
        return ForRange(g.Target.Pixels, (first, past) =>
        {
            for (long p = first; p < past; p++)
                for (var o = 0; o < outer; o++)
                {
                    var sum = (b == null ? T.Zero : b[o]) + (added == null ? T.Zero : added[p * outer + o]);
                    for (var c = 0; c < inner; c++)
                        sum += x[p * inner + c] * weight[o * strideO + c * strideI];
                    y[p * outer + o] = T.Max(sum, floor);
                }
        }, grain: 1024);
    }

    private Kernel PlainConvolution(TapGeometry g, ConvolutionTensors tensors)
    {
        T* x = (T*)tensors.Source, weight = (T*)tensors.Weight, y = (T*)tensors.Target, b = (T*)tensors.Bias;
        var added = tensors.Accumulate ? y : (T*)tensors.Residual;
        var (inner, outer, kernelTaps) = (g.Source.C, g.Target.C, g.KernelTaps);
        // Element strides of (output channel, tap, input channel) in the weight.
        var (strideO, strideTap, strideI) = tensors.WeightTransposed ? (1L, (long)outer, (long)kernelTaps * outer) : ((long)kernelTaps * inner, inner, 1L);
        var phases = g.Phases.Select(phase => ForRange((long)g.Target.N * phase.Height * phase.Width, (first, past) =>
        {
            for (var p = first; p < past; p++)
            {
                var (n, i, j) = (p / (phase.Height * phase.Width), p / phase.Width % phase.Height, p % phase.Width);
                var at = (((long)n * g.Target.H + i * g.TargetStrideH + phase.OffsetY) * g.Target.W + j * g.TargetStrideW + phase.OffsetX) * outer;
                for (var o = 0; o < outer; o++)
                    y[at + o] = (b == null ? T.Zero : b[o]) + (added == null ? T.Zero : added[at + o]);
                foreach (var run in phase.Runs)
                {
                    for (var t = 0; t < run.Count; t++)
                    {
                        var (v, u) = (i * g.SourceStrideH + run.Dy, j * g.SourceStrideW + run.Dx + t);
                        if ((uint)v >= (uint)g.Source.H || (uint)u >= (uint)g.Source.W)
                            continue;
                        var source = x + (((long)n * g.Source.H + v) * g.Source.W + u) * inner;
                        var tap = weight + phase.Taps[run.Start + t] * strideTap;
                        for (var o = 0; o < outer; o++)
                        {
                            var sum = T.Zero;
                            for (var c = 0; c < inner; c++)
                                sum += source[c] * tap[o * strideO + c * strideI];
                            y[at + o] += sum;
                        }
                    }
                }
                if (tensors.Relu)
                    for (var o = 0; o < outer; o++)
                        y[at + o] = T.Max(y[at + o], T.Zero);
            }
        })).ToArray();
        return () =>
        {
            foreach (var phase in phases)
                phase();
        };
    }

    public Kernel Conv2dWeightGradient(Conv2dWeightGradient op, Node node) => WeightGradient(op.Window, node.Inputs[0], node.Inputs[1], node.Outputs[0]);

    private Kernel WeightGradient(ConvWindow window, Value source, Value gradient, Value target)
    {
        var (x, dy, dweight) = (Real(source), Real(gradient), Real(target));
        var geometry = TapGeometry.Convolution(window, x.Shape, dy.Shape);
        if (typeof(T) != typeof(float))
            return PlainWeightGradient(geometry, x, dy, dweight);
        var columns = geometry.Phases[0].Runs.Max(r => r.Count) * x.Shape.C;
        return Use(columns, new PackedGradients(this, geometry, (nint)x.Data, (nint)dy.Data, (nint)dweight.Data))!;
    }

    private sealed record PackedGradients(CpuKernels<T> Kernels, TapGeometry Geometry, nint X, nint Dy, nint Dweight) : IKernelUser
    {
        public Kernel Use<TKernel>() where TKernel : struct, IMicroKernel => !Kernels._exact && WinogradShape.SuitsWeightGradient(Geometry)
            ? new WinogradWeightGradient<TKernel>(Geometry, X, Dy, Dweight, Kernels._memory, Kernels._pool).Run
            : new PackedWeightGradient<TKernel>(Geometry, X, Dy, Dweight, Kernels._memory, Kernels._pool).Run;
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
