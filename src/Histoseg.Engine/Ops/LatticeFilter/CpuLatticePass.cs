using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu;

/// <summary>
/// Splats, blurs and slices one picture after another, four channels at a time. Sums per vertex are float64, since a flat picture adds all its pixels up in
/// a few vertices.
/// </summary>
/// <typeparam name="T">Of pixels: float or double.</typeparam>
internal sealed unsafe class CpuLatticePass<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Channels that go through the lattice together.</summary>
    private const int Lanes = 4;

    /// <summary>Neighbouring numbers of vertices that one thread sums: their sums are whole cache lines.</summary>
    private const int VerticesPerShare = 32;

    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly CpuLattice<T> _lattice;
    private readonly T* _x, _y;
    private readonly int _channels, _shares;
    private readonly bool _reverse;
    private readonly Action<int> _splat, _blur, _slice; // made once: a run allocates nothing

    // What is being worked on: picture, first of its channels and how many, axis, and the vertices' sums before and after it.
    private int _picture, _first, _lanes, _axis;
    private Vector256<double>* _from, _to;

    /// <summary>A filter of <paramref name="x"/> into <paramref name="y"/>; without them of ones into the lattice's scale.</summary>
    public CpuLatticePass(CpuMemory memory, WorkerPool pool, CpuLattice<T> lattice, Buffer<T>? x = null, Buffer<T>? y = null, bool reverse = false)
    {
        (_memory, _pool, _lattice, _reverse) = (memory, pool, lattice, reverse);
        _channels = 1;
        if (x is { } from && y is { } to)
        {
            _x = from.Data;
            _y = to.Data;
            _channels = from.Shape.C;
        }
        _shares =
            (int)Math.Min(BitOperations.RoundUpToPowerOf2((uint)pool.Threads), BitOperations.RoundUpToPowerOf2((uint)CpuLattice<T>.ChunksOf(lattice.Pixels)));
        (_splat, _blur, _slice) = (Splat, Blur, Slice);
        memory.NeedScratch(2 * SumsBytes);
    }

    // One more at the front, which stays 0: the sum of the neighbour −1 that is not there.
    private long SumsBytes => ((long)_lattice.Pixels * _lattice.Corners + 1) * sizeof(Vector256<double>);

    /// <summary>Filters every picture.</summary>
    public void Run()
    {
        for (var picture = 0; picture < _lattice.Pictures; picture++)
            Run(picture);
    }

    /// <summary>Filters one picture.</summary>
    public void Run(int picture)
    {
        _picture = picture;
        for (_first = 0; _first < _channels; _first += Lanes)
        {
            _lanes = Math.Min(Lanes, _channels - _first);
            var scratch = (byte*)_memory.Scratch;
            _from = (Vector256<double>*)scratch + 1;
            _to = (Vector256<double>*)(scratch + SumsBytes) + 1;
            _to[-1] = default;
            NativeMemory.Clear(_from - 1, (nuint)(_lattice.Counts.Data[picture] + 1) * (nuint)sizeof(Vector256<double>));
            _pool.For(_shares, _splat);
            var chunks = CpuLattice<T>.ChunksOf(_lattice.Counts.Data[picture]);
            for (var i = 0; i < _lattice.Corners; i++)
            {
                _axis = _reverse ? _lattice.Corners - 1 - i : i;
                _pool.For(chunks, _blur);
                var blurred = _to;
                _to = _from;
                _from = blurred;
            }
            _pool.For(CpuLattice<T>.ChunksOf(_lattice.Pixels), _slice);
        }
    }

    /// <summary>
    /// Adds every pixel to those of its vertices that fall to this share. Each vertex's sum is taken in the order of the pixels, however many shares there
    /// are.
    /// </summary>
    private void Splat(int share)
    {
        var (corners, mask) = (_lattice.Corners, _shares - 1);
        var first = (long)_picture * _lattice.Pixels;
        var vertices = _lattice.Vertices.Data + first * corners;
        var weights = _lattice.Weights.Data + first * corners;
        for (long p = 0; p < _lattice.Pixels; p++)
        {
            Vector256<double> value = default;
            var loaded = false;
            for (var k = 0; k < corners; k++, vertices++, weights++)
            {
                if ((*vertices / VerticesPerShare & mask) != share)
                    continue;
                if (!loaded)
                    (value, loaded) = (Load(first + p), true);
                _from[*vertices] += value * double.CreateTruncating(*weights);
            }
        }
    }

    private Vector256<double> Load(long pixel)
    {
        if (_x is null)
            return Vector256<double>.One;
        var x = _x + pixel * _channels + _first;
        double At(int lane) => lane < _lanes ? double.CreateTruncating(x[lane]) : 0;
        return Vector256.Create(At(0), At(1), At(2), At(3)) * double.CreateTruncating(_lattice.Scale.Data[pixel]);
    }

    /// <summary>Half of each vertex and a quarter of each of its two neighbours.</summary>
    private void Blur(int chunk)
    {
        var (count, stride) = ((long)_lattice.Counts.Data[_picture], 2 * _lattice.Corners);
        var neighbours = _lattice.Neighbours.Data + (long)_picture * _lattice.Neighbours.Shape.H * stride + 2 * _axis;
        var chunks = CpuLattice<T>.ChunksOf(count);
        for (var v = count * chunk / chunks; v < count * (chunk + 1) / chunks; v++)
            _to[v] = _from[v] * 0.5 + (_from[neighbours[v * stride]] + _from[neighbours[v * stride + 1]]) * 0.25;
    }

    private void Slice(int chunk)
    {
        var (corners, pixels, chunks) = (_lattice.Corners, (long)_lattice.Pixels, CpuLattice<T>.ChunksOf(_lattice.Pixels));
        for (var p = _picture * pixels + pixels * chunk / chunks; p < _picture * pixels + pixels * (chunk + 1) / chunks; p++)
        {
            var vertices = _lattice.Vertices.Data + p * corners;
            var weights = _lattice.Weights.Data + p * corners;
            var sum = Vector256<double>.Zero;
            for (var k = 0; k < corners; k++)
                sum += _from[vertices[k]] * double.CreateTruncating(weights[k]);
            if (_y is null)
                _lattice.Scale.Data[p] = T.CreateTruncating(1 / Math.Sqrt(sum[0]));
            else
            {
                sum *= double.CreateTruncating(_lattice.Scale.Data[p]);
                for (var lane = 0; lane < _lanes; lane++)
                    _y[p * _channels + _first + lane] = T.CreateTruncating(sum[lane]);
            }
        }
    }
}
