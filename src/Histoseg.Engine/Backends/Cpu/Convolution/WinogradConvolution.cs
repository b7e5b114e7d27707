using System.Numerics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// A 3×3 convolution of stride 1 by Winograd's F(4×4, 3×3): tiles of 4×4 outputs are transformed, multiplied as 36 matrix products and transformed back, a
/// quarter of the multiply-adds of the direct way. A dilated kernel works on as many interleaved maps as its taps are apart.
/// </summary>
internal sealed unsafe class WinogradConvolution<TKernel> where TKernel : struct, IMicroKernel
{
    private const int Products = WinogradTransform.Products;

    /// <summary>Tiles that a task transforms, where transforming and multiplying are tasks of their own.</summary>
    private const int TransformTiles = 4;

    /// <summary>Tiles that a task multiplies then: a multiple of every kernel's rows.</summary>
    private const int BlockTiles = 96;

    /// <summary>Input channels multiplied at a time, so that a panel of the weights stays in a first-level cache.</summary>
    private const int MostDepth = 256;

    /// <summary>Floats of transformed maps that are all a thread's own, about what a second-level cache takes.</summary>
    private const int MostOwnFloats = 256 << 10;

    /// <summary>Fewer tiles than these at a time read the weights too often.</summary>
    private const int FewestOwnTiles = 24;

    /// <summary>Parts that keep a few threads busy, as long as each has <see cref="FewestTiles"/>.</summary>
    private const int FewestParts = 8;
    private const int FewestTiles = 12;

    /// <summary>Floats of transformed maps that all threads share, about what a third-level cache takes.</summary>
    private const int MostSharedFloats = 2 << 20;

    private readonly TapGeometry _g;
    private readonly ConvolutionTensors _t;
    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly WinogradGrid _grid;
    private readonly int _panels, _parts;
    private readonly bool _isShared;
    private readonly long _sourceStride, _productStride;
    private readonly PackedWeights _weights;
    private readonly Action<int> _pack, _convolve, _transform, _multiply, _finish;
    private long _first, _count;

    public WinogradConvolution(TapGeometry geometry, ConvolutionTensors tensors, CpuMemory memory, WorkerPool pool)
    {
        (_g, _t, _memory, _pool) = (geometry, tensors, memory, pool);
        var target = geometry.Target;
        _grid = new WinogradGrid(geometry);
        _panels = (target.C + TKernel.Columns - 1) / TKernel.Columns;
        var tileFloats = Products * (geometry.Source.C + target.C);
        _isShared = MostOwnFloats / tileFloats < FewestOwnTiles;
        var most = _isShared ? Math.Max(BlockTiles, MostSharedFloats / tileFloats) : MostOwnFloats / tileFloats;
        _parts = checked((int)Math.Max((_grid.Tiles + most - 1) / most, _isShared ? 1 : Math.Min(FewestParts, _grid.Tiles / FewestTiles)));
        var tilesOfPart = (_grid.Tiles + _parts - 1) / _parts;
        // Not a power of two apart, or the 36 places that a transform writes to would share one set of a cache.
        (_sourceStride, _productStride) = (tilesOfPart * geometry.Source.C + 16, tilesOfPart * target.C + 16);
        _weights = memory.Packed(typeof(WinogradConvolution<TKernel>), (nint)tensors.Weight, tensors.WeightIsConstant,
            (long)Products * _panels * geometry.Source.C * TKernel.Columns);
        (_pack, _convolve, _transform, _multiply, _finish) = (Pack, Convolve, Transform, Multiply, Finish);
        // The last register tile of the last product may read rows beyond the last tile of 4×4; with many inputs and few outputs these pass the results too.
        var beyond = TKernel.Rows * geometry.Source.C;
        memory.NeedScratch((_weights.ScratchFloats + (_isShared ? 1 : pool.Threads) * MapFloats + beyond) * sizeof(float));
    }

    /// <summary>Floats of the transformed maps of one part.</summary>
    private long MapFloats => Products * (_sourceStride + _productStride);

    /// <summary>The transformed source of a part: [product][tile][input channel]; behind it lie the products, [product][tile][output channel].</summary>
    private float* Sources(int copy) => (float*)_memory.Scratch + _weights.ScratchFloats + copy * MapFloats;

    private float* Results(float* sources) => sources + Products * _sourceStride;

    public void Run()
    {
        _weights.Pack(_pool, _panels * Groups, _pack);
        if (!_isShared)
        {
            _pool.For(_parts, _convolve);
            return;
        }
        for (var part = 0; part < _parts; part++)
        {
            (_first, _count) = Part(part);
            var transforms = (int)((_count + TransformTiles - 1) / TransformTiles);
            _pool.For(transforms, _transform);
            _pool.For(Products * Blocks, _multiply);
            _pool.For(transforms, _finish);
        }
    }

    private (long First, long Count) Part(int part) => (_grid.Tiles * part / _parts, _grid.Tiles * (part + 1) / _parts - _grid.Tiles * part / _parts);

    /// <summary>All of one part, in memory of the thread's own.</summary>
    private void Convolve(int part)
    {
        var (first, count) = Part(part);
        var sources = Sources(WorkerPool.Worker);
        for (var tile = 0L; tile < count; tile++)
            Transform(first + tile, sources + tile * _g.Source.C);
        for (var product = 0; product < Products; product++)
            Multiply(product, 0, count, sources);
        for (var tile = 0L; tile < count; tile++)
            Finish(first + tile, Results(sources) + tile * _g.Target.C);
    }

    private void Transform(int task)
    {
        for (var tile = (long)task * TransformTiles; tile < Math.Min(_count, (task + 1L) * TransformTiles); tile++)
            Transform(_first + tile, Sources(0) + tile * _g.Source.C);
    }

    // The blocks of a product follow one another, so that its weights are read once: all products' together are more than a third-level cache takes.
    private void Multiply(int task)
    {
        var (product, block) = (task / Blocks, task % Blocks);
        Multiply(product, (long)block * BlockTiles, Math.Min(_count, (block + 1L) * BlockTiles), Sources(0));
    }

    private void Finish(int task)
    {
        for (var tile = (long)task * TransformTiles; tile < Math.Min(_count, (task + 1L) * TransformTiles); tile++)
            Finish(_first + tile, Results(Sources(0)) + tile * _g.Target.C);
    }

    private int Blocks => (int)((_count + BlockTiles - 1) / BlockTiles);

    private int Groups => (_g.Source.C + 63) / 64;

    /// <summary>Transforms the weights of one panel and up to 64 inputs: [product][panel][input channel][Columns], zero beyond the last output.</summary>
    private void Pack(int task)
    {
        var (panel, group) = (task / Groups, task % Groups);
        var (inputs, outputs, taps) = (_g.Source.C, _g.Target.C, _g.Phases[0].Taps);
        var weight = (float*)_t.Weight;
        var (firstOutput, pastInput) = (panel * TKernel.Columns, Math.Min(64 * (group + 1), inputs));
        var width = Vector<float>.Count;
        var panelFloats = (long)inputs * TKernel.Columns;
        Vector<float>* g = stackalloc Vector<float>[9], half = stackalloc Vector<float>[18], u = stackalloc Vector<float>[Products];
        for (var column = 0; column < TKernel.Columns; column++)
        {
            var (output, to) = (firstOutput + column, panel * panelFloats + column);
            for (var input = 64 * group; input < pastInput; input += width)
            {
                for (var tap = 0; tap < 9; tap++)
                    g[tap] = output >= outputs ? Vector<float>.Zero
                        : _t.WeightTransposed ? Gathered(weight + ((long)input * 9 + taps[tap]) * outputs + output, 9 * outputs)
                        : Vector.Load(weight + ((long)output * 9 + taps[tap]) * inputs + input);
                for (var x = 0; x < 3; x++)
                    WinogradTransform.Weight(g + x, 3, half + x, 3);
                for (var y = 0; y < 6; y++)
                    WinogradTransform.Weight(half + 3 * y, 1, u + 6 * y, 1);
                for (var product = 0; product < Products; product++)
                {
                    var place = _weights.Data + product * _panels * panelFloats + to + (long)input * TKernel.Columns;
                    var factors = (float*)(u + product);
                    for (var i = 0; i < width; i++)
                        place[i * TKernel.Columns] = factors[i];
                }
            }
        }
    }

    private static Vector<float> Gathered(float* from, int step)
    {
        Span<float> numbers = stackalloc float[Vector<float>.Count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = from[(long)i * step];
        return new Vector<float>(numbers);
    }

    /// <summary>Transforms the source of one tile; its products' numbers are <see cref="_sourceStride"/> apart.</summary>
    private void Transform(long tile, float* to)
    {
        var (source, width) = (_g.Source, Vector<float>.Count);
        Vector<float>* d = stackalloc Vector<float>[Products], half = stackalloc Vector<float>[Products];
        var pixels = stackalloc float*[Products];
        var areInside = _grid.SourcePixels(tile, (float*)_t.Source, pixels);
        for (var c = 0; c < source.C; c += width)
        {
            WinogradTransform.Source(pixels, areInside, c, half, d);
            for (var i = 0; i < Products; i++)
                d[i].Store(to + i * _sourceStride + c);
        }
    }

    /// <summary>One of the 36 matrix products for the tiles first … past − 1 of a part.</summary>
    private void Multiply(int product, long first, long past, float* sources)
    {
        var (inputs, outputs) = (_g.Source.C, _g.Target.C);
        var tile = stackalloc float[TKernel.Rows * TKernel.Columns];
        var start = stackalloc float*[1];
        for (var k = 0; k < inputs; k += MostDepth)
        {
            var depth = Math.Min(MostDepth, inputs - k);
            for (var panel = 0; panel < _panels; panel++)
            {
                var b = _weights.Data + (((long)product * _panels + panel) * inputs + k) * TKernel.Columns;
                var to = Results(sources) + product * _productStride + panel * TKernel.Columns;
                var columns = Math.Min(TKernel.Columns, outputs - panel * TKernel.Columns);
                var next = b + (long)inputs * TKernel.Columns;
                var tiles = (int)((past - first + TKernel.Rows - 1) / TKernel.Rows);
                for (var row = first; row < past; row += TKernel.Rows)
                {
                    Ahead.Fetch(next, (long)depth * TKernel.Columns * sizeof(float), (int)((row - first) / TKernel.Rows), tiles);
                    // The last rows may be beyond the last tile: memory is there, and what comes of it is not stored.
                    start[0] = sources + product * _sourceStride + row * inputs + k;
                    TKernel.Multiply(new TileSource<float>(start, 1, depth, inputs, 1), b, tile);
                    TileStore<TKernel>.Sum(tile, to + row * outputs, outputs, (int)Math.Min(TKernel.Rows, past - row), columns, k > 0);
                }
            }
        }
    }

    /// <summary>Transforms the products of one tile back and stores its outputs.</summary>
    private void Finish(long tile, float* from)
    {
        var (target, width) = (_g.Target, Vector<float>.Count);
        Vector<float>* m = stackalloc Vector<float>[Products], half = stackalloc Vector<float>[24], y = stackalloc Vector<float>[16];
        var places = stackalloc long[16];
        _grid.TargetPlaces(tile, places);
        for (var c = 0; c < target.C; c += width)
        {
            for (var i = 0; i < Products; i++)
                m[i] = Vector.Load(from + i * _productStride + c);
            for (var column = 0; column < 6; column++)
                WinogradTransform.Output(m + column, 6, half + column, 6);
            for (var row = 0; row < 4; row++)
                WinogradTransform.Output(half + 6 * row, 1, y + 4 * row, 1);
            for (var i = 0; i < 16; i++)
                if (places[i] >= 0)
                    StorePixel(y[i], places[i] + c, c);
        }
    }

    private void StorePixel(Vector<float> v, long at, int channel)
    {
        if (_t.Accumulate)
            v += Vector.Load((float*)_t.Target + at);
        if (_t.Bias != 0)
            v += Vector.Load((float*)_t.Bias + channel);
        if (_t.Residual != 0)
            v += Vector.Load((float*)_t.Residual + at);
        (_t.Relu ? Vector.Max(v, Vector<float>.Zero) : v).Store((float*)_t.Target + at);
    }
}

/// <summary>Which convolutions Winograd's way is for.</summary>
internal static class WinogradShape
{
    /// <summary>With fewer tiles the sums of a weight gradient take longer to write than to make.</summary>
    private const int FewestSummedTiles = 32;

    /// <summary>Smaller maps do not pay for the transform of the weights.</summary>
    private const int FewestPixels = 144;

    /// <summary>C·O / (C + O): the multiply-adds saved grow with C·O, the transforms with C + O.</summary>
    private const int FewestChannels = 20;

    /// <summary>Whether it pays; a matter of one image's shape alone, so that a network gives the same bits on every machine and in every batch.</summary>
    public static bool Suits(TapGeometry g) => g.Source.C % 8 == 0 && g.Target.C % 8 == 0
        && g.Source.C * g.Target.C >= FewestChannels * (g.Source.C + g.Target.C) && g.Target.H * g.Target.W >= FewestPixels
        && Grid(g) is { } grid && Math.Min(g.Target.H, g.Target.W) >= 2 * WinogradTransform.Side * grid.Apart;

    /// <summary>Whether it pays for the weight gradient of a convolution, whose sums run over all tiles.</summary>
    public static bool SuitsWeightGradient(TapGeometry g) => Suits(g) && new WinogradGrid(g).Tiles >= FewestSummedTiles;

    /// <summary>Row and column of the first of 3×3 evenly spaced taps relative to the output, and how far they are apart; null for other kernels.</summary>
    public static (int Top, int Left, int Apart)? Grid(TapGeometry g)
    {
        if (g is not { SourceStrideH: 1, SourceStrideW: 1, TargetStrideH: 1, TargetStrideW: 1, Phases: [{ Taps.Length: 9 } phase] })
            return null;
        (int Y, int X)[] taps = [.. phase.Runs.SelectMany(run => Enumerable.Range(0, run.Count).Select(i => (run.Dy, run.Dx + i)))];
        var (top, left) = taps[0];
        var apart = (taps[8].Y - top) / 2;
        return apart > 0 && taps.Index().All(tap => tap.Item == (top + tap.Index / 3 * apart, left + tap.Index % 3 * apart)) ? (top, left, apart) : null;
    }
}
