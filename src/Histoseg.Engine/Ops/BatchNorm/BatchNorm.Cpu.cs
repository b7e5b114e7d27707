using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel BatchNorm(BatchNorm op, Node node)
    {
        var (x, weight, bias) = (Real(node.Inputs[0]), Real(node.Inputs[1]), Real(node.Inputs[2]));
        var (runningMean, runningVar) = (Real(node.Inputs[3]), Real(node.Inputs[4]));
        var residual = op.HasResidual ? Real(node.Inputs[5]).Data : null;
        var (y, mean, inverse) = (Real(node.Outputs[0]), Real(node.Outputs[1]), Real(node.Outputs[2]));
        var channels = x.Shape.C;
        // Those of one map, and of all that are normalised together.
        var (own, pixels) = (x.Shape.Pixels, x.Shape.Pixels * (op.AcrossRanks ? RankCount : 1));
        var merge = MergeMoments(mean, own, op.AcrossRanks);
        var normalise = Normalise(x, weight, bias, mean, inverse, residual, y, op.Relu);
        if (!op.Training)
        {
            return () =>
            {
                for (var c = 0; c < channels; c++)
                {
                    mean.Data[c] = runningMean.Data[c];
                    inverse.Data[c] = T.One / T.Sqrt(runningVar.Data[c] + Number(op.Epsilon));
                }
                normalise();
            };
        }

        var squares = new double[channels];
        var moments = Moments(x, total =>
        {
            for (var c = 0; c < channels; c++)
            {
                mean.Data[c] = Number(total[c] / own);
                squares[c] = Math.Max(0, total[channels + c] - total[c] * total[c] / own);
            }
            merge(squares);
            for (var c = 0; c < channels; c++)
            {
                inverse.Data[c] = Number(1 / Math.Sqrt(squares[c] / pixels + op.Epsilon));
                runningMean.Data[c] += Number(op.Momentum) * (mean.Data[c] - runningMean.Data[c]);
                runningVar.Data[c] += Number(op.Momentum) * (Number(squares[c] / (pixels - 1)) - runningVar.Data[c]);
            }
        });
        return () =>
        {
            moments();
            normalise();
        };
    }

    /// <summary>
    /// Sums of x and, behind them, of x², over pixels, from one pass over the map: while a run of pixels is in the cache its mean m is taken, and its squares
    /// are those of x − m, to which n·m² is added in double. So a mean far from 0 costs no digits in T.
    /// </summary>
    private Kernel Moments(Buffer<T> x, Action<double[]> finish)
    {
        const int mostPixels = 256, cached = 1 << 16;
        var channels = x.Shape.C;
        return ReduceRuns(x.Shape.Pixels, Math.Clamp(cached / channels, 1, mostPixels), 2 * channels, (first, past, sums, into) =>
        {
            for (var p = first; p < past; p++)
                AddScaled(sums, x.Data + p * channels, T.One, channels);
            var squares = sums + channels;
            var count = (double)(past - first);
            for (var c = 0; c < channels; c++)
            {
                var sum = double.CreateChecked(sums[c]);
                into[c] += sum;
                into[channels + c] += sum * sum / count;
                sums[c] = Number(sum / count);
            }
            for (var p = first; p < past; p++)
                AddSquares(squares, x.Data + p * channels, sums, channels);
            for (var c = 0; c < channels; c++)
                into[channels + c] += double.CreateChecked(squares[c]);
        }, finish);
    }

    /// <summary>
    /// Makes this rank's means, and sums of squared deviations from them, those over all ranks, in one call to them: with m and s of N ranks of n pixels the
    /// sum over all is Σs + n·(Σm² − (Σm)²/N), in double.
    /// </summary>
    private Action<double[]> MergeMoments(Buffer<T> mean, long pixels, bool acrossRanks)
    {
        if (!acrossRanks || _ranks is null)
            return _ => { };
        var (channels, ranks) = (mean.Length, RankCount);
        var own = new double[3 * channels];
        var overRanks = OverRanks(own.Length, acrossRanks);
        return squares =>
        {
            for (var c = 0; c < channels; c++)
            {
                var m = double.CreateChecked(mean.Data[c]);
                (own[c], own[channels + c], own[2 * channels + c]) = (m, m * m, squares[c]);
            }
            var all = overRanks(own);
            for (var c = 0; c < channels; c++)
            {
                mean.Data[c] = Number(all[c] / ranks);
                squares[c] = all[2 * channels + c] + pixels * Math.Max(0, all[channels + c] - all[c] * all[c] / ranks);
            }
        };
    }

    public Kernel BatchNormAgain(BatchNormAgain op, Node node) => Normalise(Real(node.Inputs[0]), Real(node.Inputs[1]), Real(node.Inputs[2]),
        Real(node.Inputs[3]), Real(node.Inputs[4]), op.HasResidual ? Real(node.Inputs[5]).Data : null, Real(node.Outputs[0]), op.Relu);

    /// <summary>y ← (x − mean)·weight·inverse + bias + residual, the last and a ReLU as asked for.</summary>
    private Kernel Normalise(Buffer<T> x, Buffer<T> weight, Buffer<T> bias, Buffer<T> mean, Buffer<T> inverse, T* residual, Buffer<T> y, bool relu)
    {
        var channels = x.Shape.C;
        var scale = new T[channels];
        var normalise = ForRange(x.Shape.Pixels, (first, past) =>
        {
            // (x − mean)·scale + bias, not x·scale + shift: a mean far from 0 would cost digits.
            fixed (T* a = scale)
            {
                for (long p = first; p < past; p++)
                {
                    var row = x.Data + p * channels;
                    var result = y.Data + p * channels;
                    var added = residual == null ? null : residual + p * channels;
                    var c = 0;
                    for (; c <= channels - Vector<T>.Count; c += Vector<T>.Count)
                    {
                        var v = (Vector.Load(row + c) - Vector.Load(mean.Data + c)) * Vector.Load(a + c) + Vector.Load(bias.Data + c);
                        if (added != null)
                            v += Vector.Load(added + c);
                        (relu ? Vector.Max(v, Vector<T>.Zero) : v).Store(result + c);
                    }
                    for (; c < channels; c++)
                    {
                        var v = (row[c] - mean.Data[c]) * a[c] + bias.Data[c] + (added != null ? added[c] : T.Zero);
                        result[c] = relu ? T.Max(v, T.Zero) : v;
                    }
                }
            }
        }, grain: 64);
        return () =>
        {
            for (var c = 0; c < channels; c++)
                scale[c] = weight.Data[c] * inverse.Data[c];
            normalise();
        };
    }

    /// <summary>sums ← sums + (x − mean)².</summary>
    private static void AddSquares(T* sums, T* x, T* mean, int count)
    {
        var c = 0;
        for (; c <= count - Vector<T>.Count; c += Vector<T>.Count)
        {
            var d = Vector.Load(x + c) - Vector.Load(mean + c);
            (Vector.Load(sums + c) + d * d).Store(sums + c);
        }
        for (; c < count; c++)
            sums[c] += (x[c] - mean[c]) * (x[c] - mean[c]);
    }

    public Kernel BatchNormGradient(BatchNormGradient op, Node node)
    {
        var (dy, x, y) = (Real(node.Inputs[0]), Real(node.Inputs[1]), Real(node.Inputs[2]));
        var (weight, mean, inverse, bias) = (Real(node.Inputs[3]), Real(node.Inputs[4]), Real(node.Inputs[5]), Real(node.Inputs[6]));
        var (dx, dweight, dbias) = (Real(node.Outputs[0]), Real(node.Outputs[1]), Real(node.Outputs[2]));
        // Behind a residual the first pass writes what the ReLU lets through, which is the residual's gradient too.
        var dz = node.Outputs.Count > 3 ? Real(node.Outputs[3]).Data : null;
        var channels = x.Shape.C;
        var (own, pixels) = (x.Shape.Pixels, x.Shape.Pixels * (op.Forward.AcrossRanks ? RankCount : 1));
        // Without one, whether it was open follows from x.
        var masks = op.Forward.Relu && dz == null;
        // For dx alone: the gradients of scale and shift are averaged with those of all parameters.
        var overRanks = OverRanks(2 * channels, op.Forward.AcrossRanks);
        // dx = a·dz + b·x + e, per channel
        var a = new T[channels];
        var b = new T[channels];
        var e = new T[channels];

        var sums = ReduceChannels(own, 2 * channels, (first, past, sum) =>
        {
            fixed (T* scale = a)
            {
                for (var p = first; p < past; p++)
                {
                    var at = p * channels;
                    if (dz != null)
                        Mask(dy.Data + at, y.Data + at, dz + at, channels);
                    AddNormSums(sum, (dz != null ? dz : dy.Data) + at, x.Data + at, mean.Data, masks ? scale : null, bias.Data, channels);
                }
            }
        }, total =>
        {
            for (var c = 0; c < channels; c++)
            {
                dbias.Data[c] = Number(total[c]);
                dweight.Data[c] = Number(total[channels + c] * double.CreateChecked(inverse.Data[c]));
            }
            var all = overRanks(total);
            if (!op.Forward.Training)
                return;
            for (var c = 0; c < channels; c++)
            {
                var (sumDz, sumDzX) = (all[c], all[channels + c] * double.CreateChecked(inverse.Data[c]));
                b[c] = -a[c] * inverse.Data[c] * Number(sumDzX / pixels);
                e[c] = -a[c] * Number(sumDz / pixels) - b[c] * mean.Data[c];
            }
        });
        var spread = ForRange(own, (first, past) =>
        {
            fixed (T* pa = a, pb = b, pe = e)
            {
                for (long p = first; p < past; p++)
                {
                    var from = (dz != null ? dz : dy.Data) + p * channels;
                    var row = x.Data + p * channels;
                    var to = dx.Data + p * channels;
                    var c = 0;
                    for (; c <= channels - Vector<T>.Count; c += Vector<T>.Count)
                    {
                        var (g, v) = (Vector.Load(from + c), Vector.Load(row + c));
                        if (masks)
                            g = Vector.ConditionalSelect(IsOpen(v, mean.Data, pa, bias.Data, c), g, Vector<T>.Zero);
                        (Vector.Load(pa + c) * g + Vector.Load(pb + c) * v + Vector.Load(pe + c)).Store(to + c);
                    }
                    for (; c < channels; c++)
                    {
                        var g = masks && !IsOpen(row[c], mean.Data[c], pa[c], bias.Data[c]) ? T.Zero : from[c];
                        to[c] = pa[c] * g + pb[c] * row[c] + pe[c];
                    }
                }
            }
        }, grain: 64);
        return () =>
        {
            for (var c = 0; c < channels; c++)
                a[c] = weight.Data[c] * inverse.Data[c];
            sums();
            spread();
        };
    }

    /// <summary>Whether the ReLU was open: the very sum that <see cref="Normalise"/> made is above 0.</summary>
    private static Vector<T> IsOpen(Vector<T> x, T* mean, T* scale, T* bias, int c) =>
        Vector.GreaterThan((x - Vector.Load(mean + c)) * Vector.Load(scale + c) + Vector.Load(bias + c), Vector<T>.Zero);

    private static bool IsOpen(T x, T mean, T scale, T bias) => (x - mean) * scale + bias > T.Zero;

    /// <summary>dz ← dy where y is positive, else 0.</summary>
    private static void Mask(T* dy, T* y, T* dz, int channels)
    {
        var c = 0;
        for (; c <= channels - Vector<T>.Count; c += Vector<T>.Count)
            Vector.ConditionalSelect(Vector.GreaterThan(Vector.Load(y + c), Vector<T>.Zero), Vector.Load(dy + c), Vector<T>.Zero).Store(dz + c);
        for (; c < channels; c++)
            dz[c] = y[c] > T.Zero ? dy[c] : T.Zero;
    }

    /// <summary>Adds dz to the first half of the sums and dz·(x − mean) to the second; with a scale, only where the ReLU was open.</summary>
    private static void AddNormSums(T* sums, T* dz, T* x, T* mean, T* scale, T* bias, int channels)
    {
        var c = 0;
        for (; c <= channels - Vector<T>.Count; c += Vector<T>.Count)
        {
            var (g, v) = (Vector.Load(dz + c), Vector.Load(x + c));
            if (scale != null)
                g = Vector.ConditionalSelect(IsOpen(v, mean, scale, bias, c), g, Vector<T>.Zero);
            (Vector.Load(sums + c) + g).Store(sums + c);
            (Vector.Load(sums + channels + c) + g * (v - Vector.Load(mean + c))).Store(sums + channels + c);
        }
        for (; c < channels; c++)
        {
            var g = scale != null && !IsOpen(x[c], mean[c], scale[c], bias[c]) ? T.Zero : dz[c];
            sums[c] += g;
            sums[channels + c] += g * (x[c] - mean[c]);
        }
    }
}
