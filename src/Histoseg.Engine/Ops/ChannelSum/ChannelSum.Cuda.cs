using System.Numerics;
using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    /// <summary>Blocks of the first stage at most; a constant, so that sums are the same on every GPU.</summary>
    private const int ChannelSumBlocks = 1024;

    public Kernel ChannelSum(ChannelSum op, Node node)
    {
        var (x, y) = (Tensor(node.Inputs[0]), Tensor(node.Outputs[0]));
        var (pixels, channels) = (x.Shape.Pixels, x.Shape.C);
        var (block, strips, entry) = ChannelStrips(x);
        var runs = (uint)Math.Clamp(pixels / (16 * block.Y), 1, Math.Max(1, ChannelSumBlocks / strips));
        if (runs == 1)
            return Launch("channel_sum", entry, new Dim3(1, strips), block, 0, x, pixels, channels, y);
        var partial = _memory.NeedWorkspace((long)runs * channels * sizeof(float));
        var first = Launch("channel_sum", entry, new Dim3(runs, strips), block, 0, x, pixels, channels, partial);
        // The runs are added as if they were pixels.
        const uint columns = 32;
        return Sequence(first, Launch("channel_sum", "channel_sum_odd_f32", new Dim3(1, ((uint)channels + columns - 1) / columns),
            new Dim3(columns, BlockSize / columns), 0,
            partial, (long)runs, channels, y));
    }

    /// <summary>Blocks of (channels, pixels) threads, each thread holding as many neighbouring channels as fit 16 bytes if those divide the channels.</summary>
    private static (Dim3 Block, uint Strips, string Entry) ChannelStrips(CudaTensor x)
    {
        var pack = 16 / CudaTensor.BytesOf(x.Element);
        var odd = x.Shape.C % pack != 0;
        var threads = (uint)(odd ? x.Shape.C : x.Shape.C / pack);
        var columns = Math.Min(32, BitOperations.RoundUpToPowerOf2(threads));
        return (new Dim3(columns, BlockSize / columns), (threads + columns - 1) / columns, $"channel_sum_{(odd ? "odd_" : "")}{x.Suffix}");
    }
}
