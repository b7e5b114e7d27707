using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel CrossConv2d(CrossConv2d op, Node node)
    {
        var x = Tensor(node.Inputs[0]);
        return Cross(op.K, joined: false, transposed: false, new(x, x, _memory.Operand(node.Inputs[1]), _memory.Operand(node.Inputs[3]),
            Tensor(node.Inputs[2]), Tensor(node.Inputs[4]), Tensor(node.Outputs[0]), Tensor(node.Outputs[1])));
    }

    public Kernel CrossConv2dInputGradient(CrossConv2dInputGradient op, Node node)
    {
        var dx = Tensor(node.Outputs[0]);
        return Cross(op.K, joined: true, transposed: true, new(Tensor(node.Inputs[0]), Tensor(node.Inputs[1]),
            _memory.Operand(node.Inputs[2]), _memory.Operand(node.Inputs[3]), null, null, dx, dx));
    }

    public Kernel CrossConv2dWeightGradient(CrossConv2dWeightGradient op, Node node)
    {
        var x = Tensor(node.Inputs[0]);
        return CrossWeight(op.K, joined: false, x, x, Tensor(node.Inputs[1]), Tensor(node.Inputs[2]), Tensor(node.Outputs[0]), Tensor(node.Outputs[1]));
    }

    public Kernel CrossSumConv2d(CrossSumConv2d op, Node node)
    {
        // The k×1 kernel reads what the 1×k kernel made, and the other way round.
        var y = Tensor(node.Outputs[0]);
        return Cross(op.K, joined: true, transposed: false, new(Tensor(node.Inputs[3]), Tensor(node.Inputs[0]),
            _memory.Operand(node.Inputs[4]), _memory.Operand(node.Inputs[1]), Tensor(node.Inputs[5]), Tensor(node.Inputs[2]), y, y));
    }

    public Kernel CrossSumConv2dInputGradient(CrossSumConv2dInputGradient op, Node node)
    {
        var dy = Tensor(node.Inputs[0]);
        return Cross(op.K, joined: false, transposed: true, new(dy, dy, _memory.Operand(node.Inputs[2]), _memory.Operand(node.Inputs[1]),
            null, null, Tensor(node.Outputs[1]), Tensor(node.Outputs[0])));
    }

    public Kernel CrossSumConv2dWeightGradient(CrossSumConv2dWeightGradient op, Node node)
    {
        var dy = Tensor(node.Inputs[2]);
        return CrossWeight(op.K, joined: true, Tensor(node.Inputs[1]), Tensor(node.Inputs[0]), dy, dy, Tensor(node.Outputs[1]), Tensor(node.Outputs[0]));
    }

    /// <summary>What a pair of a 1×k (row) and a k×1 (column) convolution reads and makes.</summary>
    private readonly record struct CrossTensors(CudaTensor RowSource, CudaTensor ColumnSource, CudaTensor RowWeight, CudaTensor ColumnWeight,
        CudaTensor? RowBias, CudaTensor? ColumnBias, CudaTensor RowTarget, CudaTensor ColumnTarget);

    /// <summary>
    /// Whether the tensor-core kernels take these maps: they copy eight channels at a time, have room for 15 taps of each
    /// kernel and count within an image in 32 bits.
    /// </summary>
    private static bool OnTensorCores(int k, CudaTensor a, CudaTensor b) =>
        k <= 15 && a.Element == CudaElement.BFloat16 && a.Shape.C % 8 == 0 && b.Shape.C % 8 == 0
        && Math.Max(a.Count, b.Count) / a.Shape.N <= int.MaxValue;

    private Kernel Cross(int k, bool joined, bool transposed, CrossTensors t)
    {
        var (source, targets) = (t.RowSource.Shape, t.RowTarget.Shape.C);
        var name = (joined ? "cross_joined" : "cross_split") + (transposed ? "_transposed" : "");
        if (!OnTensorCores(k, t.RowSource, t.RowTarget))
        {
            var grid = new Dim3((uint)((source.Pixels + 63) / 64), (uint)CrossPlan.Ceiling(targets, 32));
            return Launch("gicn_plain", $"{name}_{t.RowSource.Suffix}", grid, new Dim3(128), 0, t.RowSource, t.ColumnSource, t.RowWeight, t.ColumnWeight,
                t.RowBias, t.ColumnBias, t.RowTarget, t.ColumnTarget, source.N, source.H, source.W, source.C, targets, k);
        }
        var plan = CrossPlan.For(source, targets, k, joined, _device.Multiprocessors);
        var (outputs, count) = (joined ? 1 : 2, t.RowTarget.Count);
        KernelArgument partial = plan.Splits > 1 ? _memory.NeedWorkspace(plan.Splits * outputs * count * sizeof(float)) : 0UL;
        var product = Launch("gicn", $"{name}_{plan.Rows}", new Dim3((uint)plan.PixelTiles, (uint)plan.ChannelGroups, (uint)plan.Splits),
            new Dim3(joined ? 128u : 256u), (uint)plan.SharedBytes, t.RowSource, t.ColumnSource, t.RowWeight, t.ColumnWeight, t.RowBias, t.ColumnBias,
            t.RowTarget, t.ColumnTarget, partial, source.N, source.H, source.W, source.C, targets, k, plan.Stages, plan.StepsPerSplit, plan.TilesPerBlock);
        return plan.Splits == 1 ? product : Sequence(product, LaunchOver("gicn", "cross_sum", outputs * count / 4, partial, t.RowBias, t.ColumnBias,
            t.RowTarget, t.ColumnTarget, count, outputs, targets, plan.Splits));
    }

    private Kernel CrossWeight(int k, bool joined, CudaTensor rowSource, CudaTensor columnSource,
        CudaTensor rowDy, CudaTensor columnDy, CudaTensor drow, CudaTensor dcolumn)
    {
        const long mostPartialBytes = 64 << 20;
        var (map, targets, count) = (rowSource.Shape, rowDy.Shape.C, drow.Count);
        var (sourceTiles, targetTiles) = (CrossPlan.Ceiling(map.C, 32), CrossPlan.Ceiling(targets, 32));
        var onTensorCores = OnTensorCores(k, rowSource, rowDy);
        var (blocks, shares) = onTensorCores
            ? ((long)sourceTiles * targetTiles, CrossPlan.Tiles(map, 8) / 4)
            : ((long)sourceTiles * targetTiles * 2 * k, map.Pixels / 256);
        // A block for each multiprocessor where the pixels give that many enough to do: sums are written and read once per run.
        var runs = Math.Clamp(Math.Min(shares, Math.Min(_device.Multiprocessors / blocks, mostPartialBytes / (2 * count * sizeof(float)))), 1, 65535);
        var (held, tile) = (k <= 8 ? 2 : k <= 12 ? 3 : 4, CrossPlan.CrossPixels(8, k, joined) + (joined ? 1 : 2) * 8 * 17);
        Workspace? partial = runs > 1 ? _memory.NeedWorkspace(runs * 2 * count * sizeof(float)) : null;
        KernelArgument rowOut = partial is { } first ? first : drow, columnOut = partial is { } second ? second.At(count * sizeof(float)) : dcolumn;
        var product = Launch(onTensorCores ? "gicn_weight" : "gicn_plain",
            onTensorCores ? $"cross_weight_{(joined ? "joined" : "split")}_{held}" : $"cross_weight_{rowSource.Suffix}",
            onTensorCores ? new Dim3((uint)sourceTiles, (uint)targetTiles, (uint)runs) : new Dim3((uint)(sourceTiles * targetTiles), (uint)(2 * k), (uint)runs),
            new Dim3(256), onTensorCores ? (uint)(2 * tile * 64) : 0,
            rowSource, columnSource, rowDy, columnDy, rowOut, columnOut, 2 * count, map.N, map.H, map.W, map.C, targets, k);
        return runs == 1
            ? product
            : Sequence(product, LaunchOver("gicn_weight", "cross_weight_sum", 2 * count, partial!.Value, drow, dcolumn, count, (int)runs));
    }
}
