using System.Numerics;
using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel Concat(Concat op, Node node)
    {
        var y = Tensor(node.Outputs[0]);
        var (parts, offset) = (new List<Kernel>(), 0);
        foreach (var part in node.Inputs)
        {
            parts.Add(CopyChannels(Tensor(part), 0, y, offset, part.Shape.C));
            offset += part.Shape.C;
        }
        return Sequence([.. parts]);
    }

    public Kernel ChannelSlice(ChannelSlice op, Node node) => CopyChannels(Tensor(node.Inputs[0]), op.First, Tensor(node.Outputs[0]), 0, op.Count);

    /// <summary>Copies <paramref name="channels"/> channels of every pixel from one place among the source's to another among the target's.</summary>
    private Kernel CopyChannels(CudaTensor source, int sourceFirst, CudaTensor target, int targetFirst, int channels)
    {
        var each = CudaTensor.BytesOf(source.Element);
        // The widest word that divides all places: their lowest set bit, 16 bytes at most.
        var unit = 1 << Math.Min(4, BitOperations.TrailingZeroCount((source.Shape.C | target.Shape.C | sourceFirst | targetFirst | channels) * each));
        var units = channels * each / unit;
        var block = new Dim3(Math.Min(BlockSize, BitOperations.RoundUpToPowerOf2((uint)units)), 1);
        block = block with { Y = BlockSize / block.X };
        var blocks = Math.Clamp((source.Shape.Pixels + block.Y - 1) / block.Y, 1, 32L * _device.Multiprocessors);
        return Launch("concat", $"copy_channels_{unit}", new Dim3((uint)blocks), block, 0,
            source.Address + (ulong)(sourceFirst * each), source.Shape.C * each / unit,
            target.Address + (ulong)(targetFirst * each), target.Shape.C * each / unit,
            units, source.Shape.Pixels);
    }
}
