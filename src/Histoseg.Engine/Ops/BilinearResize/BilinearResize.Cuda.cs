using System.Runtime.InteropServices;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TapEntry(int Low, int High, float Weight);

    public Kernel BilinearResize(BilinearResize op, Node node)
    {
        var (x, y) = (Tensor(node.Inputs[0]), Tensor(node.Outputs[0]));
        var (s, o) = (x.Shape, y.Shape);
        var tiles = ChannelTiles.For(y);
        return Launch("bilinear", $"bilinear_{tiles.Suffix}", tiles.GridOver(o.Pixels), tiles.Block, 0,
            x, Taps(s.H, o.H), Taps(s.W, o.W), y, s.H, s.W, o.H, o.W, s.C, checked((int)o.Pixels));
    }

    public Kernel BilinearResizeGradient(BilinearResizeGradient op, Node node)
    {
        var (dy, dx) = (Tensor(node.Inputs[0]), Tensor(node.Outputs[0]));
        return WindowSums("bilinear", "bilinear_gradient", dy, dx, Readers(dx.Shape.H, dy.Shape.H), Readers(dx.Shape.W, dy.Shape.W));
    }

    private ulong Taps(int input, int output) =>
        _memory.Table<TapEntry>(Array.ConvertAll(LinearTap.Of(input, output), tap => new TapEntry(tap.Low, tap.High, (float)tap.Weight)));

    /// <summary>For each source position the output positions that read it, which are consecutive, with their weights.</summary>
    private static WeightedWindow[] Readers(int input, int output)
    {
        var weights = new List<float>[input];
        var firsts = new int[input];
        for (var i = 0; i < input; i++)
            weights[i] = [];
        void Read(int position, int by, double weight)
        {
            if (weights[position].Count == 0)
                firsts[position] = by;
            weights[position].Add((float)weight);
        }

        var taps = LinearTap.Of(input, output);
        for (var i = 0; i < output; i++)
        {
            var (low, high, weight) = taps[i];
            if (low == high)
                Read(low, i, 1);
            else
            {
                Read(low, i, 1 - weight);
                Read(high, i, weight);
            }
        }
        return [.. firsts.Zip(weights, (first, w) => new WeightedWindow(first, [.. w]))];
    }
}
