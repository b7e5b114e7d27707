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

        var sum = ReduceChannels(own, channels, (first, past, sums) =>
        {
            for (var p = first; p < past; p++)
                AddScaled(sums, x.Data + p * channels, T.One, channels);
        }, total =>
        {
            for (var c = 0; c < channels; c++)
                mean.Data[c] = Number(total[c] / own);
        });
        var squares = ReduceChannels(own, channels, (first, past, sums) =>
        {
            for (var p = first; p < past; p++)
                AddSquares(sums, x.Data + p * channels, mean.Data, channels);
        }, total =>
        {
            merge(total);
            for (var c = 0; c < channels; c++)
            {
                inverse.Data[c] = Number(1 / Math.Sqrt(total[c] / pixels + op.Epsilon));
                runningMean.Data[c] += Number(op.Momentum) * (mean.Data[c] - runningMean.Data[c]);
                runningVar.Data[c] += Number(op.Momentum) * (Number(total[c] / (pixels - 1)) - runningVar.Data[c]);
            }
        });
        return () =>
        {
            sum();
            squares();
            normalise();
        };
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
        var dresidual = node.Outputs.Count > 3 ? Real(node.Outputs[3]).Data : null;
        var channels = x.Shape.C;
        var (own, pixels) = (x.Shape.Pixels, x.Shape.Pixels * (op.Forward.AcrossRanks ? RankCount : 1));
        // Where the ReLU was open: behind a residual where y is above 0, otherwise where what Normalise makes of x is.
        var mask = op.Forward is { Relu: true, HasResidual: true } ? y.Data : null;
        var masksByX = op.Forward is { Relu: true, HasResidual: false };
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
                    AddNormSums(sum, dy.Data + p * channels, x.Data + p * channels, mask == null ? null : mask + p * channels, mean.Data,
                        masksByX ? scale : null, bias.Data, channels);
            }
        }, total =>
        {
            for (var c = 0; c < channels; c++)
            {
                dbias.Data[c] = Number(total[c]);
                dweight.Data[c] = Number(total[channels + c] * double.CreateChecked(inverse.Data[c]));
            }
            var all = overRanks(total);
            for (var c = 0; op.Forward.Training && c < channels; c++)
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
                    var at = p * channels;
                    var c = 0;
                    for (; c <= channels - Vector<T>.Count; c += Vector<T>.Count)
                    {
                        var (dz, v) = (Vector.Load(dy.Data + at + c), Vector.Load(x.Data + at + c));
                        if (mask != null)
                            dz = Vector.ConditionalSelect(Vector.GreaterThan(Vector.Load(mask + at + c), Vector<T>.Zero), dz, Vector<T>.Zero);
                        else if (masksByX)
                            dz = Vector.ConditionalSelect(IsOpen(v, mean.Data + c, pa + c, bias.Data + c), dz, Vector<T>.Zero);
                        if (dresidual != null)
                            dz.Store(dresidual + at + c);
                        (Vector.Load(pa + c) * dz + Vector.Load(pb + c) * v + Vector.Load(pe + c)).Store(dx.Data + at + c);
                    }
                    for (; c < channels; c++)
                    {
                        var isOpen = mask != null ? mask[at + c] > T.Zero : !masksByX || IsOpen(x.Data[at + c], mean.Data[c], pa[c], bias.Data[c]);
                        var dz = isOpen ? dy.Data[at + c] : T.Zero;
                        if (dresidual != null)
                            dresidual[at + c] = dz;
                        dx.Data[at + c] = pa[c] * dz + pb[c] * x.Data[at + c] + pe[c];
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

    /// <summary>Where a ReLU behind <see cref="Normalise"/> was open: where the very sum that it made is above 0.</summary>
    private static Vector<T> IsOpen(Vector<T> x, T* mean, T* scale, T* bias) =>
        Vector.GreaterThan((x - Vector.Load(mean)) * Vector.Load(scale) + Vector.Load(bias), Vector<T>.Zero);

    private static bool IsOpen(T x, T mean, T scale, T bias) => (x - mean) * scale + bias > T.Zero;

    /// <summary>
    /// Adds dz to the first half of the sums and dz·(x − mean) to the second, dz being dy where the mask is positive, or without one, given the norm's scale,
    /// where the ReLU behind it was open.
    /// </summary>
    private static void AddNormSums(T* sums, T* dy, T* x, T* mask, T* mean, T* scale, T* bias, int channels)
    {
        var c = 0;
        for (; c <= channels - Vector<T>.Count; c += Vector<T>.Count)
        {
            var (dz, v) = (Vector.Load(dy + c), Vector.Load(x + c));
            if (mask != null)
                dz = Vector.ConditionalSelect(Vector.GreaterThan(Vector.Load(mask + c), Vector<T>.Zero), dz, Vector<T>.Zero);
            else if (scale != null)
                dz = Vector.ConditionalSelect(IsOpen(v, mean + c, scale + c, bias + c), dz, Vector<T>.Zero);
            (Vector.Load(sums + c) + dz).Store(sums + c);
            (Vector.Load(sums + channels + c) + dz * (v - Vector.Load(mean + c))).Store(sums + channels + c);
        }
        for (; c < channels; c++)
        {
            var isOpen = mask != null ? mask[c] > T.Zero : scale == null || IsOpen(x[c], mean[c], scale[c], bias[c]);
            var dz = isOpen ? dy[c] : T.Zero;
            sums[c] += dz;
            sums[channels + c] += dz * (x[c] - mean[c]);
        }
    }
}
