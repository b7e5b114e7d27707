using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    private const int LossChunksPerImage = 32;

    public Kernel SegmentationLoss(SegmentationLoss op, Node node)
    {
        var (logits, target) = (Real(node.Inputs[0]), Integers(node.Inputs[1]));
        var (loss, parts, sums) = (Real(node.Outputs[0]), Real(node.Outputs[1]), Real(node.Outputs[2]));
        var (images, classes) = (logits.Shape.N, logits.Shape.C);
        var pixels = logits.Shape.Pixels / images;
        var weights = ClassWeights(op, classes);
        // Per chunk: the weighted cross-entropy and the counted weight, then |y∩P|, |y|, |P| of each class.
        var width = 2 + 3 * classes;
        var partial = new double[images * LossChunksPerImage * width];
        var totals = new double[3];
        var (overRanks, ranks) = (OverRanks(totals.Length, op.AcrossRanks), op.AcrossRanks ? RankCount : 1);
        Action<int> chunk = i =>
        {
            // Not in an array beside other threads': they would wait for each other's cache lines.
            var sum = stackalloc double[width];
            var p = stackalloc T[classes];
            new Span<double>(sum, width).Clear();
            var image = (long)(i / LossChunksPerImage) * pixels;
            var chunk = i % LossChunksPerImage;
            var (first, past) = (image + pixels * chunk / LossChunksPerImage, image + pixels * (chunk + 1) / LossChunksPerImage);
            for (var at = first; at < past; at++)
            {
                var label = target.Data[at];
                if ((uint)label >= (uint)classes)
                    continue;
                var x = logits.Data + at * classes;
                var (largest, exponentials) = SoftmaxPixel(x, p, classes);
                sum[0] += weights[label] * double.CreateChecked(largest + T.Log(exponentials) - x[label]);
                sum[1] += weights[label];
                sum[2 + 3 * label] += double.CreateChecked(p[label]);
                sum[3 + 3 * label] += 1;
                for (var c = 0; c < classes; c++)
                    sum[4 + 3 * c] += double.CreateChecked(p[c]);
            }
            new Span<double>(sum, width).CopyTo(partial.AsSpan(i * width));
        };
        return () =>
        {
            _pool.For(images * LossChunksPerImage, chunk);
            double entropy = 0, weight = 0, location = 0;
            for (var n = 0; n < images; n++)
            {
                for (var c = 0; c < classes; c++)
                {
                    double both = 0, truth = 0, predicted = 0;
                    for (var i = n * LossChunksPerImage; i < (n + 1) * LossChunksPerImage; i++)
                    {
                        var at = i * width + 2 + 3 * c;
                        (both, truth, predicted) = (both + partial[at], truth + partial[at + 1], predicted + partial[at + 2]);
                    }
                    var s = sums.Data + (n * classes + c) * 4;
                    (s[0], s[1], s[2]) = (Number(both), Number(truth), Number(predicted));
                    if (c > 0)
                        location += 0.5 - (both + op.LocationK) / (truth + predicted + 2 * op.LocationK);
                }
                for (var i = n * LossChunksPerImage; i < (n + 1) * LossChunksPerImage; i++)
                    (entropy, weight) = (entropy + partial[i * width], weight + partial[i * width + 1]);
            }
            (totals[0], totals[1], totals[2]) = (entropy, weight, location);
            var shared = overRanks(totals);
            (entropy, weight, location) = (shared[0] / ranks, shared[1] / ranks, shared[2] / ranks);
            for (var i = 0; i < images * classes; i++)
                sums.Data[i * 4 + 3] = Number(weight);
            var crossEntropy = weight > 0 ? entropy / weight : 0;
            location /= images * (classes - 1);
            (parts.Data[0], parts.Data[1]) = (Number(crossEntropy), Number(location));
            loss.Data[0] = Number(op.CrossEntropyWeight * crossEntropy + op.LocationWeight * location);
        };
    }

    public Kernel SegmentationLossGradient(SegmentationLossGradient op, Node node)
    {
        var (dloss, logits, target, sums) = (Real(node.Inputs[0]), Real(node.Inputs[1]), Integers(node.Inputs[2]), Real(node.Inputs[3]));
        var dlogits = Real(node.Outputs[0]);
        var (images, classes) = (logits.Shape.N, logits.Shape.C);
        var pixels = logits.Shape.Pixels / images;
        var weights = Array.ConvertAll(ClassWeights(op.Loss, classes), Number);
        var (k, share) = (Number(op.Loss.LocationK), Number(op.Loss.LocationWeight / (images * (classes - 1))));
        var entropyWeight = Number(op.Loss.CrossEntropyWeight);
        Action<int> chunk = i =>
        {
            var n = i / LossChunksPerImage;
            var image = n * pixels;
            var chunk = i % LossChunksPerImage;
            var (first, past) = (image + pixels * chunk / LossChunksPerImage, image + pixels * (chunk + 1) / LossChunksPerImage);
            var s = sums.Data + n * classes * 4;
            var scale = s[3] > T.Zero ? dloss.Data[0] * entropyWeight / s[3] : T.Zero;
            var p = stackalloc T[classes];
            var g = stackalloc T[classes];
            for (var at = first; at < past; at++)
            {
                var x = logits.Data + at * classes;
                var dx = dlogits.Data + at * classes;
                var label = target.Data[at];
                if ((uint)label >= (uint)classes)
                {
                    new Span<T>(dx, classes).Clear();
                    continue;
                }
                SoftmaxPixel(x, p, classes);
                var (pull, entropyScale) = (T.Zero, scale * weights[label]);
                g[0] = T.Zero;
                for (var c = 1; c < classes; c++)
                {
                    // d/dp of −(I + k)/D, with D = |y| + |P| + 2k: ((I + k)/D − y)/D
                    var d = s[c * 4 + 1] + s[c * 4 + 2] + k + k;
                    g[c] = dloss.Data[0] * share * ((s[c * 4] + k) / d - (c == label ? T.One : T.Zero)) / d;
                    pull += g[c] * p[c];
                }
                for (var c = 0; c < classes; c++)
                    dx[c] = entropyScale * (p[c] - (c == label ? T.One : T.Zero)) + p[c] * (g[c] - pull);
            }
        };
        return () => _pool.For(images * LossChunksPerImage, chunk);
    }

    private static double[] ClassWeights(SegmentationLoss op, int classes) =>
        op.ClassWeights.Count > 0 ? [.. op.ClassWeights] : [.. Enumerable.Repeat(1.0, classes)];
}
