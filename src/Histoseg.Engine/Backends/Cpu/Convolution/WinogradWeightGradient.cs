using System.Numerics;
using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// The weight gradient of a 3×3 convolution of stride 1 by Winograd's F(3×3, 4×4): tiles of the gradient, 4×4, and of the source, 6×6, are transformed,
/// multiplied as 36 matrix products over tiles whose sums are kept, and these are transformed back once: a quarter of the multiply-adds of the direct way.
/// </summary>
internal sealed unsafe class WinogradWeightGradient<TKernel> where TKernel : struct, IMicroKernel
{
    private const int Products = WinogradTransform.Products;
    private const int Taps = 9;

    /// <summary>Tiles that a task transforms.</summary>
    private const int TransformTiles = 4;

    /// <summary>Tiles multiplied at a time, so that a panel stays in a first-level cache.</summary>
    private const int MostDepth = 256;

    /// <summary>Floats of transformed tiles at a time, about what a third-level cache takes; many channels are given at least <see cref="MostDepth"/> tiles,
    /// or the sums would be read and written too often.</summary>
    private const int MostFloats = 1 << 20;

    private readonly TapGeometry _g;
    private readonly nint _x, _dy, _dweight;
    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly WinogradGrid _grid;
    private readonly int _panels, _strips, _parts;
    private readonly long _panelStride, _sourceStride, _stripStride, _gradientStride, _sumStride;
    private readonly Action<int> _transform, _multiply, _finish;
    private long _first, _count;

    /// <param name="geometry">The forward convolution's geometry: source x, target dy.</param>
    /// <param name="x">The forward input.</param>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="dweight">(O, taps, I).</param>
    /// <param name="memory">Where the scratch is.</param>
    /// <param name="pool">The threads.</param>
    public WinogradWeightGradient(TapGeometry geometry, nint x, nint dy, nint dweight, CpuMemory memory, WorkerPool pool)
    {
        (_g, _x, _dy, _dweight, _memory, _pool) = (geometry, x, dy, dweight, memory, pool);
        _grid = new WinogradGrid(geometry);
        var (inputs, outputs) = (geometry.Source.C, geometry.Target.C);
        _panels = (inputs + TKernel.Columns - 1) / TKernel.Columns;
        _strips = (outputs + TKernel.Rows - 1) / TKernel.Rows;
        var most = Math.Max(MostDepth, MostFloats / (Products * (inputs + outputs)));
        _parts = checked((int)((_grid.Tiles + most - 1) / most));
        var tiles = (_grid.Tiles + _parts - 1) / _parts;
        _panelStride = tiles * TKernel.Columns;
        _stripStride = tiles * TKernel.Rows;
        // An odd number of cache lines apart, or the 36 places that a transform writes to would share few sets of a cache.
        (_sourceStride, _gradientStride, _sumStride) = (Odd(_panels * _panelStride), Odd(_strips * _stripStride), Odd((long)outputs * inputs));
        (_transform, _multiply, _finish) = (Transform, Multiply, Finish);
        memory.NeedScratch(Products * (_sourceStride + _gradientStride + _sumStride) * sizeof(float));
    }

    private static long Odd(long floats) => ((floats + 15) / 16 | 1) * 16;

    /// <summary>The transformed source: [product][panel][tile][Columns], input channels in panels.</summary>
    private float* Sources => (float*)_memory.Scratch;

    /// <summary>The transformed gradient: [product][strip][tile][Rows], output channels in strips.</summary>
    private float* Gradients => Sources + Products * _sourceStride;

    /// <summary>The sums of products: [product][output channel][input channel].</summary>
    private float* Sums => Gradients + Products * _gradientStride;

    public void Run()
    {
        for (var part = 0; part < _parts; part++)
        {
            _first = _grid.Tiles * part / _parts;
            _count = _grid.Tiles * (part + 1) / _parts - _first;
            _pool.For((int)((_count + TransformTiles - 1) / TransformTiles), _transform);
            _pool.For(Products, _multiply);
        }
        _pool.For(_g.Target.C, _finish);
    }

    private void Transform(int task)
    {
        for (var tile = (long)task * TransformTiles; tile < Math.Min(_count, (task + 1L) * TransformTiles); tile++)
        {
            TransformSource(tile);
            TransformGradient(tile);
        }
    }

    private void TransformSource(long tile)
    {
        Vector<float>* d = stackalloc Vector<float>[Products], half = stackalloc Vector<float>[Products];
        var pixels = stackalloc float*[Products];
        var areInside = _grid.SourcePixels(_first + tile, (float*)_x, pixels);
        for (var c = 0; c < _g.Source.C; c += Vector<float>.Count)
        {
            WinogradTransform.Source(pixels, areInside, c, half, d);
            var to = Sources + c / TKernel.Columns * _panelStride + tile * TKernel.Columns + c % TKernel.Columns;
            for (var i = 0; i < Products; i++, to += _sourceStride)
                d[i].Store(to);
        }
    }

    private void TransformGradient(long tile)
    {
        Vector<float>* d = stackalloc Vector<float>[16], half = stackalloc Vector<float>[24], u = stackalloc Vector<float>[Products];
        var places = stackalloc long[16];
        _grid.TargetPlaces(_first + tile, places);
        for (var c = 0; c < _g.Target.C; c += Vector<float>.Count)
        {
            for (var i = 0; i < 16; i++)
                d[i] = places[i] < 0 ? Vector<float>.Zero : Vector.Load((float*)_dy + places[i] + c);
            for (var column = 0; column < 4; column++)
                WinogradTransform.Gradient(d + column, 4, half + column, 4);
            for (var row = 0; row < 6; row++)
                WinogradTransform.Gradient(half + 4 * row, 1, u + 6 * row, 1);
            // A strip has an even number of channels.
            for (var two = 0; two < Vector<float>.Count; two += 2)
            {
                var to = Gradients + (c + two) / TKernel.Rows * _stripStride + tile * TKernel.Rows + (c + two) % TKernel.Rows;
                for (var i = 0; i < Products; i++, to += _gradientStride)
                    Vector64.Load((float*)(u + i) + two).Store(to);
            }
        }
    }

    /// <summary>Adds one of the 36 products over a part's tiles to its sums.</summary>
    private void Multiply(int product)
    {
        var (inputs, outputs) = (_g.Source.C, _g.Target.C);
        var tile = stackalloc float[TKernel.Rows * TKernel.Columns];
        var start = stackalloc float*[1];
        for (var k = 0L; k < _count; k += MostDepth)
        {
            var depth = (int)Math.Min(MostDepth, _count - k);
            for (var panel = 0; panel < _panels; panel++)
            {
                var b = Sources + product * _sourceStride + panel * _panelStride + k * TKernel.Columns;
                var columns = Math.Min(TKernel.Columns, inputs - panel * TKernel.Columns);
                for (var strip = 0; strip < _strips; strip++)
                {
                    start[0] = Gradients + product * _gradientStride + strip * _stripStride + k * TKernel.Rows;
                    var to = Sums + product * _sumStride + (long)strip * TKernel.Rows * inputs + panel * TKernel.Columns;
                    var rows = Math.Min(TKernel.Rows, outputs - strip * TKernel.Rows);
                    for (var r = 0; r < rows; r++)
                        Ahead.Fetch(to + (long)r * inputs, columns);
                    TKernel.Multiply(new TileSource<float>(start, 1, depth, 1, TKernel.Rows), b, tile);
                    TileStore<TKernel>.Sum(tile, to, inputs, rows, columns, add: _first + k > 0);
                }
            }
        }
    }

    /// <summary>Transforms the sums of one output channel back to the gradients of its taps.</summary>
    private void Finish(int output)
    {
        Vector<float>* m = stackalloc Vector<float>[Products], half = stackalloc Vector<float>[18], taps = stackalloc Vector<float>[Taps];
        var (inputs, order) = (_g.Source.C, _g.Phases[0].Taps);
        for (var c = 0; c < inputs; c += Vector<float>.Count)
        {
            for (var i = 0; i < Products; i++)
                m[i] = Vector.Load(Sums + i * _sumStride + (long)output * inputs + c);
            for (var column = 0; column < 6; column++)
                WinogradTransform.Taps(m + column, 6, half + column, 6);
            for (var row = 0; row < 3; row++)
                WinogradTransform.Taps(half + 6 * row, 1, taps + 3 * row, 1);
            for (var i = 0; i < Taps; i++)
                taps[i].Store((float*)_dweight + ((long)output * Taps + order[i]) * inputs + c);
        }
    }
}
