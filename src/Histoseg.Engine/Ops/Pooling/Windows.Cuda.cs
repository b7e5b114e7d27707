using System.Runtime.InteropServices;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

// What kernels/windows.cuh computes for pooling, pyramid pooling and the gradient of resizing.
internal sealed partial class CudaKernels
{
    /// <summary>Consecutive positions along one axis and the weight of each.</summary>
    private readonly record struct WeightedWindow(int First, float[] Weights);

    /// <summary>One pooling's gradient and its windows.</summary>
    private readonly record struct PoolLevel(CudaTensor Gradient, PoolWindows Rows, PoolWindows Columns);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct WindowEntry(int First, int Count, int Weight);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct PoolLevelEntry(ulong Gradient, int Rows, int Columns, int FirstRow, int FirstColumn);

    /// <summary>Pixels of a window that should fall to each thread before more threads share it.</summary>
    private const int PixelsPerLane = 4;

    /// <summary>How many threads, a power of two, share a window of that many pixels.</summary>
    private static int Lanes(long pixels, ChannelTiles tiles)
    {
        var lanes = 1;
        while (2 * lanes <= tiles.Y && 2L * lanes * PixelsPerLane <= pixels)
            lanes *= 2;
        return lanes;
    }

    /// <summary>Weighted sums of <paramref name="x"/> (N, H, W, C) over all products of a window over rows and one over columns.</summary>
    /// <param name="module">The module.</param>
    /// <param name="entry">The kernel's name without suffix; <paramref name="entry"/>_total adds slices up.</param>
    /// <param name="x">What is summed.</param>
    /// <param name="y">Receives (N, rows, columns, C); null: the workspace does, in float32.</param>
    /// <param name="rows">Windows over rows.</param>
    /// <param name="columns">Windows over columns.</param>
    private Kernel WindowSums(string module, string entry, CudaTensor x, CudaTensor? y, WeightedWindow[] rows, WeightedWindow[] columns)
    {
        var s = x.Shape;
        var outputs = checked(s.N * rows.Length * columns.Length);
        var tiles = ChannelTiles.For(x);
        var area = (long)rows.Max(w => w.Weights.Length) * columns.Max(w => w.Weights.Length);
        var lanes = Lanes(area, tiles);
        var grid = tiles.GridOver((long)outputs * lanes);
        // A few large windows would leave most of the GPU idle.
        var slices = y is null ? 1 : (int)Math.Clamp(Math.Min(4L * _device.Multiprocessors / grid.Count, area / (2 * PixelsPerLane * lanes)), 1, 64);
        var count = (long)outputs * s.C;
        var parts = _memory.NeedWorkspace(y is null || slices > 1 ? sizeof(float) * count * slices : 0);
        float[] weights = [.. rows.Concat(columns).SelectMany(w => w.Weights)];
        var rowWeights = rows.Sum(w => w.Weights.Length);
        var sums = Launch(module, $"{entry}_{tiles.Suffix}", grid with { Z = (uint)slices }, tiles.Block, 0,
            x, Entries(rows, 0), Entries(columns, rowWeights), _memory.Table<float>(weights), y is { } target ? target : parts, parts,
            s.H, s.W, rows.Length, columns.Length, s.C, outputs, lanes);
        return y is { } total && slices > 1 ? Sequence(sums, LaunchOver(module, $"{entry}_total_{total.Suffix}", count, parts, total, slices, count)) : sums;
    }

    private ulong Entries(WeightedWindow[] windows, int firstWeight)
    {
        var entries = new WindowEntry[windows.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = new(windows[i].First, windows[i].Weights.Length, firstWeight);
            firstWeight += windows[i].Weights.Length;
        }
        return _memory.Table<WindowEntry>(entries);
    }

    /// <summary>The gradient of means over windows of one map, one pooling or several.</summary>
    private Kernel PoolGradient(string module, string entry, IReadOnlyList<PoolLevel> levels, CudaTensor dx)
    {
        var s = dx.Shape;
        var rows = PoolSegments.Of(s.H, [.. levels.Select(l => l.Rows)]);
        var columns = PoolSegments.Of(s.W, [.. levels.Select(l => l.Columns)]);
        var inverses = new List<float>();
        var entries = new List<PoolLevelEntry>();
        foreach (var (gradient, r, c) in levels)
        {
            entries.Add(new(gradient.Address, r.Output, c.Output, inverses.Count, inverses.Count + r.Output));
            inverses.AddRange(InverseLengths(r).Concat(InverseLengths(c)));
        }
        var cells = checked(s.N * rows.Count * columns.Count);
        var tiles = ChannelTiles.For(dx);
        var lanes = Lanes(rows.Longest * columns.Longest, tiles);
        return Launch(module, $"{entry}_{tiles.Suffix}", tiles.GridOver((long)cells * lanes), tiles.Block, 0,
            _memory.Table<PoolLevelEntry>(entries.ToArray()), _memory.Table<int>(rows.Table()), _memory.Table<int>(columns.Table()),
            _memory.Table<float>(inverses.ToArray()),
            dx, levels.Count, s.H, s.W, rows.Count, columns.Count, s.C, cells, lanes);
    }

    private static IEnumerable<float> InverseLengths(PoolWindows windows) =>
        Enumerable.Range(0, windows.Output).Select(i => 1f / (windows.Past(i) - windows.First(i)));
}
