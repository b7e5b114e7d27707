using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends;

/// <summary>Kernel taps that read neighbouring source pixels of one row, so that their channels lie in memory one after another.</summary>
/// <param name="Dy">Row of the source pixel relative to the base row.</param>
/// <param name="Dx">Column of the first tap's source pixel relative to the base column.</param>
/// <param name="Count">Number of taps, at columns Dx, Dx + 1, …</param>
/// <param name="Start">Index of the first tap among the phase's taps.</param>
internal readonly record struct TapRun(int Dy, int Dx, int Count, int Start);

/// <summary>
/// One residue class of output pixels that all use the same taps: the whole map for a convolution, every s-th row and column for a transposed one.
/// </summary>
/// <param name="OffsetY">First output row.</param>
/// <param name="OffsetX">First output column.</param>
/// <param name="Height">Output rows of this phase.</param>
/// <param name="Width">Output columns of this phase.</param>
/// <param name="Taps">Index into the kernel of each tap used, in the order they are multiplied.</param>
/// <param name="Runs">The same taps as runs of neighbours.</param>
internal sealed record TapPhase(int OffsetY, int OffsetX, int Height, int Width, int[] Taps, TapRun[] Runs);

/// <summary>Which source pixels each output pixel reads: what convolution and transposed convolution have in common.</summary>
/// <param name="KernelTaps">Taps of the whole kernel.</param>
/// <param name="Source">The map read.</param>
/// <param name="Target">The map written.</param>
/// <param name="SourceStrideH">Source rows per phase row.</param>
/// <param name="SourceStrideW">Source columns per phase column.</param>
/// <param name="TargetStrideH">Output rows between rows of a phase.</param>
/// <param name="TargetStrideW">Output columns between columns of a phase.</param>
/// <param name="Phases">The phases; together they cover the target once.</param>
internal sealed record TapGeometry(
    int KernelTaps, Shape Source, Shape Target, int SourceStrideH, int SourceStrideW, int TargetStrideH, int TargetStrideW, TapPhase[] Phases)
{
    public static TapGeometry Convolution(ConvWindow window, Shape source, Shape target)
    {
        var taps = from ky in Enumerable.Range(0, window.KernelH)
                   from kx in Enumerable.Range(0, window.KernelW)
                   select (ky * window.DilationH - window.PadH, kx * window.DilationW - window.PadW, ky * window.KernelW + kx);
        return new(window.Taps, source, target, window.StrideH, window.StrideW, 1, 1, [Phase(0, 0, target.H, target.W, taps)]);
    }

    public static TapGeometry Transposed(ConvWindow window, Shape source, Shape target)
    {
        var phases = new List<TapPhase>();
        for (var py = 0; py < Math.Min(window.StrideH, target.H); py++)
        {
            for (var px = 0; px < Math.Min(window.StrideW, target.W); px++)
            {
                // Output pixel y is read by convolution output o through tap ky where o·stride = y + pad − ky·dilation.
                var taps = from ky in Enumerable.Range(0, window.KernelH)
                           from kx in Enumerable.Range(0, window.KernelW)
                           let dy = py + window.PadH - ky * window.DilationH
                           let dx = px + window.PadW - kx * window.DilationW
                           where dy % window.StrideH == 0 && dx % window.StrideW == 0
                           select (dy / window.StrideH, dx / window.StrideW, ky * window.KernelW + kx);
                phases.Add(Phase(py, px, (target.H - py + window.StrideH - 1) / window.StrideH,
                    (target.W - px + window.StrideW - 1) / window.StrideW, taps.OrderBy(t => t.Item1).ThenBy(t => t.Item2)));
            }
        }
        return new(window.Taps, source, target, 1, 1, window.StrideH, window.StrideW, [.. phases]);
    }

    private static TapPhase Phase(int offsetY, int offsetX, int height, int width, IEnumerable<(int Dy, int Dx, int Tap)> taps)
    {
        var (order, runs) = (new List<int>(), new List<TapRun>());
        foreach (var (dy, dx, tap) in taps)
        {
            if (runs.Count > 0 && runs[^1] is var run && run.Dy == dy && run.Dx + run.Count == dx)
                runs[^1] = run with { Count = run.Count + 1 };
            else
                runs.Add(new TapRun(dy, dx, 1, order.Count));
            order.Add(tap);
        }
        return new TapPhase(offsetY, offsetX, height, width, [.. order], [.. runs]);
    }
}
