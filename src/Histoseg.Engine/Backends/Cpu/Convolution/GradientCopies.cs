using System.Numerics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// Where a weight gradient is summed: pixels are cut into slices with a copy of the gradient each, and the copies are added in order. A single slice sums
/// where the gradient is wanted. The number of slices never depends on the number of threads, so that the sum's order, and with it every bit, does not.
/// </summary>
internal sealed unsafe class GradientCopies
{
    private const int MostSlices = 32;
    private const int FewestPixelsOfSlice = 512;

    /// <summary>Floats that the copies may take together: 8 MiB.</summary>
    private const long Most = 2 << 20;

    private readonly nint _gradient;
    private readonly CpuMemory _memory;
    private readonly long _rowFloats, _copyFloats;
    private readonly int _outputs;
    private readonly Action<int> _sum;

    /// <param name="gradient">(O, taps, I).</param>
    /// <param name="geometry">The forward convolution's geometry.</param>
    /// <param name="memory">The copies are the first part of its scratch.</param>
    public GradientCopies(nint gradient, TapGeometry geometry, CpuMemory memory)
    {
        (_gradient, _memory, _outputs) = (gradient, memory, geometry.Target.C);
        _rowFloats = (long)geometry.KernelTaps * geometry.Source.C;
        _copyFloats = _outputs * _rowFloats;
        Slices = (int)Math.Clamp(Math.Min(Most / _copyFloats, geometry.Target.Pixels / FewestPixelsOfSlice), 1, MostSlices);
        _sum = Sum;
    }

    /// <summary>Number of slices.</summary>
    public int Slices { get; }

    /// <summary>Floats of scratch taken.</summary>
    public long Floats => Slices == 1 ? 0 : Slices * _copyFloats;

    /// <summary>Where the tile of some output channels and inputs is summed.</summary>
    private float* Place(int slice, int firstOutput, long firstInput) =>
        (Slices == 1 ? (float*)_gradient : (float*)_memory.Scratch + slice * _copyFloats) + firstOutput * _rowFloats + firstInput;

    /// <summary>Fetches what <see cref="Add"/> will add to.</summary>
    public void Fetch(int slice, int rows, int firstOutput, long firstInput, int width)
    {
        var to = Place(slice, firstOutput, firstInput);
        for (var i = 0; i < Math.Min(rows, _outputs - firstOutput); i++, to += _rowFloats)
            Ahead.Fetch(to, width);
    }

    /// <summary>Adds a register tile to a slice's copy.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="tile">Rows of <paramref name="columns"/> floats: output channels × inputs.</param>
    /// <param name="rows">Rows of the tile; those beyond the last output channel are left out.</param>
    /// <param name="columns">Columns of the tile.</param>
    /// <param name="firstOutput">Output channel of row 0.</param>
    /// <param name="firstInput">Place of column 0 among the taps × I inputs.</param>
    /// <param name="width">Columns that count.</param>
    /// <param name="first">Whether the tile is the first of its place, which then holds nothing yet.</param>
    public void Add(int slice, float* tile, int rows, int columns, int firstOutput, long firstInput, int width, bool first)
    {
        rows = Math.Min(rows, _outputs - firstOutput);
        var to = Place(slice, firstOutput, firstInput);
        for (var i = 0; i < rows; i++, tile += columns, to += _rowFloats)
        {
            var j = 0;
            for (; j <= width - Vector<float>.Count; j += Vector<float>.Count)
                (first ? Vector.Load(tile + j) : Vector.Load(to + j) + Vector.Load(tile + j)).Store(to + j);
            for (; j < width; j++)
                to[j] = first ? tile[j] : to[j] + tile[j];
        }
    }

    /// <summary>Adds the copies up.</summary>
    public void Sum(WorkerPool pool)
    {
        if (Slices > 1)
            pool.For(SumTasks, _sum);
    }

    private int SumTasks => Math.Min(64, _outputs);

    private void Sum(int task)
    {
        var (i, past) = (_copyFloats * task / SumTasks, _copyFloats * (task + 1) / SumTasks);
        var copies = (float*)_memory.Scratch;
        var to = (float*)_gradient;
        for (; i <= past - Vector<float>.Count; i += Vector<float>.Count)
        {
            var sum = Vector.Load(copies + i);
            for (var s = 1; s < Slices; s++)
                sum += Vector.Load(copies + s * _copyFloats + i);
            sum.Store(to + i);
        }
        for (; i < past; i++)
        {
            var sum = copies[i];
            for (var s = 1; s < Slices; s++)
                sum += copies[s * _copyFloats + i];
            to[i] = sum;
        }
    }
}
