using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    /// <summary>Blocks that merge slices: 8 channels side by side read whole sectors, 32 threads share the slices.</summary>
    private static readonly Dim3 MergeBlock = new(8, 32);

    private static Dim3 MergeGrid(int channels) => new((uint)((channels + 7) / 8));

    public Kernel BatchNorm(BatchNorm op, Node node)
    {
        var (x, weight, bias) = (Tensor(node.Inputs[0]), Tensor(node.Inputs[1]), Tensor(node.Inputs[2]));
        var (runningMean, runningVar) = (Tensor(node.Inputs[3]), Tensor(node.Inputs[4]));
        CudaTensor? residual = op.HasResidual ? Tensor(node.Inputs[5]) : null;
        var (y, mean, inverse) = (Tensor(node.Outputs[0]), Tensor(node.Outputs[1]), Tensor(node.Outputs[2]));
        var (channels, pixels, epsilon) = (x.Shape.C, x.Shape.Pixels, (float)op.Epsilon);
        var tiles = ChannelTiles.For(x);
        var slices = PixelSlices.Of(pixels, tiles, _device.Multiprocessors);
        var grid = new Dim3((uint)slices.Count, (uint)tiles.Tiles);
        var normalise = Normalise(x, residual, weight, bias, mean, inverse, y, op.Relu);
        if (!op.Training)
            return Sequence(LaunchOver("batch_norm", "batch_norm_running", channels, runningMean, runningVar, epsilon, mean, inverse, channels), normalise);

        var half = sizeof(float) * (long)slices.Count * channels;
        var ranks = op.AcrossRanks ? _device.Ranks : null;
        // Partial results, pivots, and of each rank two numbers a channel behind this one's own.
        var line = sizeof(float) * (long)channels;
        var means = _memory.NeedWorkspace(2 * half + line + (ranks is null ? 0 : 2 * line * (1 + ranks.Count)));
        var (squares, pivots, own) = (means.At(half), means.At(2 * half), means.At(2 * half + line));
        var statistics =
            Launch("batch_norm", $"batch_norm_statistics_{tiles.Suffix}", grid, tiles.Block, 0, x, means, squares, pivots, channels, pixels, slices.Each);
        if (ranks is not null)
        {
            var all = own.At(2 * line);
            return Sequence(
                statistics,
                Launch("batch_norm", "batch_norm_moments", MergeGrid(channels), MergeBlock, 0,
                    means, squares, pivots, slices.Count, channels, pixels, slices.Each, own),
                () => ranks.Gather(Address(own), Address(all), 2 * channels, _device.ComputeStream),
                LaunchOver("batch_norm", "batch_norm_ranks", channels,
                    all, ranks.Count, channels, pixels, (float)op.Momentum, epsilon, mean, inverse, runningMean, runningVar),
                normalise);
        }
        return Sequence(
            statistics,
            Launch("batch_norm", "batch_norm_finish", MergeGrid(channels), MergeBlock, 0,
                means, squares, pivots, slices.Count, channels, pixels, slices.Each, (float)op.Momentum, epsilon, mean, inverse, runningMean, runningVar),
            normalise);
    }

    public Kernel BatchNormAgain(BatchNormAgain op, Node node) => Normalise(Tensor(node.Inputs[0]), op.HasResidual ? Tensor(node.Inputs[5]) : null,
        Tensor(node.Inputs[1]), Tensor(node.Inputs[2]), Tensor(node.Inputs[3]), Tensor(node.Inputs[4]), Tensor(node.Outputs[0]), op.Relu);

    private Kernel Normalise(
        CudaTensor x, CudaTensor? residual, CudaTensor weight, CudaTensor bias, CudaTensor mean, CudaTensor inverse, CudaTensor y, bool relu)
    {
        var tiles = ChannelTiles.For(x);
        var slices = PixelSlices.Of(x.Shape.Pixels, tiles, _device.Multiprocessors);
        return Launch("batch_norm", $"batch_norm_normalise_{tiles.Suffix}", new Dim3((uint)slices.Count, (uint)tiles.Tiles), tiles.Block, 0,
            x, residual, weight, bias, mean, inverse, y, relu ? 0f : float.NegativeInfinity, x.Shape.C, x.Shape.Pixels, slices.Each);
    }

    public Kernel BatchNormGradient(BatchNormGradient op, Node node)
    {
        var (dy, x, y) = (Tensor(node.Inputs[0]), Tensor(node.Inputs[1]), Tensor(node.Inputs[2]));
        var (weight, mean, inverse, bias) = (Tensor(node.Inputs[3]), Tensor(node.Inputs[4]), Tensor(node.Inputs[5]), Tensor(node.Inputs[6]));
        var (dx, dweight, dbias) = (Tensor(node.Outputs[0]), Tensor(node.Outputs[1]), Tensor(node.Outputs[2]));
        CudaTensor? masked = node.Outputs.Count > 3 ? Tensor(node.Outputs[3]) : null;
        var (channels, pixels) = (x.Shape.C, x.Shape.Pixels);
        var tiles = ChannelTiles.For(x);
        var slices = PixelSlices.Of(pixels, tiles, _device.Multiprocessors);
        var grid = new Dim3((uint)slices.Count, (uint)tiles.Tiles);
        // Without a residual the ReLU's mask follows from x, which is read anyway; with one it is read from y, once.
        var mask = (op.Forward.Relu, masked) switch { (false, _) => 0, (true, not null) => 1, (true, null) => 2 };
        var half = sizeof(float) * (long)slices.Count * channels;
        var ranks = op.Forward.AcrossRanks ? _device.Ranks : null;
        var line = sizeof(float) * (long)channels;
        var sums = _memory.NeedWorkspace(2 * half + (ranks is null ? 0 : 2 * line));
        // Of all ranks for dx alone: the gradients of scale and shift are averaged with those of all parameters.
        var shared = sums.At(2 * half);
        Action share = () =>
        {
            ranks!.Reduce(dweight.Address, Address(shared), channels, NcclOperation.Sum, _device.ComputeStream);
            ranks.Reduce(dbias.Address, Address(shared.At(line)), channels, NcclOperation.Sum, _device.ComputeStream);
        };
        Kernel exchange = ranks is null ? static () => { } : () => ranks.Together(share);
        return Sequence(
            Launch("batch_norm", $"batch_norm_gradient_sums_{tiles.Suffix}", grid, tiles.Block, 0,
                dy, x, y, weight, bias, mean, inverse, masked, sums, sums.At(half), mask, channels, pixels, slices.Each),
            Launch("batch_norm", "batch_norm_gradient_finish", MergeGrid(channels), MergeBlock, 0,
                sums, sums.At(half), inverse, slices.Count, channels, dweight, dbias),
            exchange,
            Launch("batch_norm", $"batch_norm_gradient_{tiles.Suffix}", grid, tiles.Block, 0,
                masked ?? dy, x, weight, bias, mean, inverse, ranks is null ? dweight : shared, ranks is null ? dbias : shared.At(line), dx, mask == 2,
                op.Forward.Training ? (float)(1.0 / pixels / (ranks?.Count ?? 1)) : 0f, channels, pixels, slices.Each));
    }
}
