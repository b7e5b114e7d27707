using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel MaxPool2d(MaxPool2d op, Node node)
    {
        var (x, y, indices) = (Tensor(node.Inputs[0]), Tensor(node.Outputs[0]), Tensor(node.Outputs[1]));
        var (s, o) = (x.Shape, y.Shape);
        var tiles = ChannelTiles.For(y);
        return Launch("max_pool", $"max_pool_{tiles.Suffix}", tiles.GridOver(o.Pixels), tiles.Block, 0,
            x, y, indices, op.Kernel, op.Stride, op.Padding, s.H, s.W, o.H, o.W, s.C, checked((int)o.Pixels));
    }

    public Kernel MaxUnpool2d(MaxUnpool2d op, Node node)
    {
        var (x, indices, y) = (Tensor(node.Inputs[0]), Tensor(node.Inputs[1]), Tensor(node.Outputs[0]));
        var (s, o) = (x.Shape, y.Shape);
        if (PoolingOf(node.Inputs[1]) is var (pooling, pooled) && pooled.H == o.H && pooled.W == o.W)
        {
            var tiles = ChannelTiles.For(y);
            return Launch("max_pool", $"max_unpool_{tiles.Suffix}", tiles.GridOver(o.Pixels), tiles.Block, 0,
                x, indices, y, pooling.Kernel, pooling.Stride, pooling.Padding, o.H, o.W, s.H, s.W, s.C, checked((int)o.Pixels));
        }

        // Places of unknown origin: any two may be alike, so one thread adds up a whole plane, in float32.
        var planes = (long)s.N * s.C;
        if (y.Element == CudaElement.Float32)
            return Sequence(
                LaunchOver("elementwise", "fill_f32", y.Count / 4, y, 0f, y.Count),
                LaunchOver("max_pool", "max_unpool_in_order_f32", planes, x, indices, y, (long)s.H * s.W, (long)o.H * o.W, s.C, planes));
        var sums = _memory.NeedWorkspace(sizeof(float) * y.Count);
        return Sequence(
            LaunchOver("elementwise", "fill_f32", y.Count / 4, sums, 0f, y.Count),
            LaunchOver("max_pool", "max_unpool_in_order_bf16", planes, x, indices, sums, (long)s.H * s.W, (long)o.H * o.W, s.C, planes),
            LaunchOver("elementwise", "narrow", y.Count / 4, sums, y, y.Count));
    }

    public Kernel GatherPlane(GatherPlane op, Node node)
    {
        var (x, indices, y) = (Tensor(node.Inputs[0]), Tensor(node.Inputs[1]), Tensor(node.Outputs[0]));
        var (s, o) = (x.Shape, y.Shape);
        var tiles = ChannelTiles.For(y);
        return Launch("max_pool", $"gather_plane_{tiles.Suffix}", tiles.GridOver(o.Pixels), tiles.Block, 0,
            x, indices, y, checked(s.H * s.W), checked(o.H * o.W), s.C, checked((int)o.Pixels));
    }

    /// <summary>The pooling that made these places and the shape of what it pooled, or null.</summary>
    private (MaxPool2d Op, Tensors.Shape Pooled)? PoolingOf(Value indices) =>
        _tape.Nodes.FirstOrDefault(node => node.Outputs.Contains(indices)) is { Op: MaxPool2d op } maker ? (op, maker.Inputs[0].Shape) : null;
}
