using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    // Pieces an image's sums are made of: constants, so that sums are the same on every GPU.
    private const int LossPixelsPerThread = 8, LossMostPieces = 128, LossPixelsPerWarp = 32, WarpsPerBlock = BlockSize / WarpSize;

    public Kernel SegmentationLoss(SegmentationLoss op, Node node)
    {
        var (logits, target) = (Tensor(node.Inputs[0]), Tensor(node.Inputs[1]));
        var (loss, parts, sums) = (Tensor(node.Outputs[0]), Tensor(node.Outputs[1]), Tensor(node.Outputs[2]));
        var (images, classes) = (logits.Shape.N, logits.Shape.C);
        var pixels = logits.Shape.Pixels / images;
        var byWarps = UsesWarps(classes, node);
        var perBlock = byWarps ? WarpsPerBlock * LossPixelsPerWarp : BlockSize * LossPixelsPerThread;
        var blocks = (int)Math.Clamp((pixels + perBlock - 1) / perBlock, 1, LossMostPieces);
        var pieces = byWarps ? blocks * WarpsPerBlock : blocks;
        var partialBytes = (long)images * pieces * (2 + 3 * classes) * sizeof(float);
        var partial = _memory.NeedWorkspace(partialBytes + images * 2L * sizeof(float));
        var grid = new Dim3((uint)blocks, (uint)images);
        KernelArgument[] arguments = byWarps
            ? [logits, target, LossWeights(op, classes), pixels, classes, partial]
            : [logits, target, LossWeights(op, classes), pixels, partial];
        var own = Sequence(
            Launch("segmentation_loss", $"segmentation_loss_{logits.Suffix}_{(byWarps ? "any" : classes)}", grid, new Dim3(BlockSize), 0, arguments),
            Launch("segmentation_loss", "segmentation_loss_finish", new Dim3(1), new Dim3(1024), 0, partial, partial.At(partialBytes), images, classes, pieces,
                (float)op.LocationK, (float)op.CrossEntropyWeight, (float)op.LocationWeight, loss, parts, sums));
        if (!op.AcrossRanks || _device.Ranks is not { } ranks)
            return own;
        const int shared = 3;
        var means = _memory.NeedWorkspace(shared * sizeof(float));
        return Sequence(
            own,
            Launch("segmentation_loss", "segmentation_loss_share", new Dim3(1), new Dim3(WarpSize), 0, parts, sums, means),
            () => ranks.Reduce(Address(means), Address(means), shared, NcclOperation.Avg, _device.ComputeStream),
            Launch("segmentation_loss", "segmentation_loss_ranks", new Dim3(1), new Dim3(BlockSize), 0, means, images * classes,
                (float)op.CrossEntropyWeight, (float)op.LocationWeight, loss, parts, sums));
    }

    public Kernel SegmentationLossGradient(SegmentationLossGradient op, Node node)
    {
        var (dloss, logits, target, sums) = (Tensor(node.Inputs[0]), Tensor(node.Inputs[1]), Tensor(node.Inputs[2]), Tensor(node.Inputs[3]));
        var dlogits = Tensor(node.Outputs[0]);
        var (images, classes) = (logits.Shape.N, logits.Shape.C);
        var pixels = logits.Shape.Pixels / images;
        var byWarps = UsesWarps(classes, node);
        var perBlock = byWarps ? WarpsPerBlock : BlockSize;
        var blocks = Math.Clamp((pixels + perBlock - 1) / perBlock, 1, Math.Max(1, 32L * _device.Multiprocessors / images));
        var share = (float)(op.Loss.LocationWeight / (images * (classes - 1)));
        KernelArgument weights = LossWeights(op.Loss, classes);
        KernelArgument[] arguments =
        [
            dloss, logits, target, sums, weights, pixels, .. byWarps ? new KernelArgument[] { classes } : [],
            (float)op.Loss.LocationK, (float)op.Loss.CrossEntropyWeight, share, dlogits,
        ];
        return Launch("segmentation_loss", $"segmentation_loss_gradient_{logits.Suffix}_{(byWarps ? "any" : classes)}",
            new Dim3((uint)blocks, (uint)images), new Dim3(BlockSize), 0, arguments);
    }

    private ulong LossWeights(SegmentationLoss op, int classes) => _memory.Table<float>(Array.ConvertAll(ClassWeights(op, classes), w => (float)w));

    private static double[] ClassWeights(SegmentationLoss op, int classes) =>
        op.ClassWeights.Count > 0 ? [.. op.ClassWeights] : [.. Enumerable.Repeat(1.0, classes)];
}
