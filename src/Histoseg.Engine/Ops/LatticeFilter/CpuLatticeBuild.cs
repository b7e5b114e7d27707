using System.Numerics;
using System.Runtime.InteropServices;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

/// <summary>
/// Builds one picture's lattice after another: simplices in parallel, their vertices numbered one by one in the order of the pixels, neighbours in
/// parallel.
/// </summary>
/// <typeparam name="T">Of weights: float or double.</typeparam>
internal sealed unsafe class CpuLatticeBuild<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly LatticeGeometry _geometry;
    private readonly CpuLattice<T> _lattice;
    private readonly byte* _colours;
    private readonly CpuLatticePass<T> _ones;
    private readonly long _slots, _entries;
    private readonly int _shift;
    private readonly Action<int> _place, _link; // made once: a run allocates nothing
    private int _picture;

    public CpuLatticeBuild(CpuMemory memory, WorkerPool pool, LatticeGeometry geometry, CpuLattice<T> lattice, Buffer<byte>? colours)
    {
        (_memory, _pool, _geometry, _lattice) = (memory, pool, geometry, lattice);
        _colours = colours is { } bytes ? bytes.Data : null;
        _ones = new(memory, pool, lattice);
        _entries = (long)lattice.Pixels * lattice.Corners;
        _slots = geometry.SlotsFor(lattice.Pixels);
        _shift = 64 - BitOperations.Log2((ulong)_slots);
        (_place, _link) = (Place, Link);
        memory.NeedScratch((2 * _entries + _slots) * sizeof(ulong) + _slots * sizeof(int));
    }

    // Scratch: the key of each pixel's corners; of each vertex; the hash table's keys; the numbers of their vertices.
    private ulong* PixelKeys => (ulong*)_memory.Scratch;

    private ulong* VertexKeys => PixelKeys + _entries;

    private ulong* Table => VertexKeys + _entries;

    private int* Numbers => (int*)(Table + _slots);

    public void Run()
    {
        for (_picture = 0; _picture < _lattice.Pictures; _picture++)
        {
            _pool.For(CpuLattice<T>.ChunksOf(_lattice.Pixels), _place);
            Number();
            _pool.For(CpuLattice<T>.ChunksOf(_lattice.Counts.Data[_picture]), _link);
            _ones.Run(_picture);
        }
    }

    private void Place(int chunk)
    {
        var (corners, width, pixels, chunks) = (_lattice.Corners, _lattice.Vertices.Shape.W, (long)_lattice.Pixels, CpuLattice<T>.ChunksOf(_lattice.Pixels));
        Span<int> features = stackalloc int[_geometry.Dimensions], nearness = stackalloc int[corners];
        var weights = _lattice.Weights.Data + (long)_picture * _entries;
        var colours = _colours + _picture * pixels * 3;
        for (var p = pixels * chunk / chunks; p < pixels * (chunk + 1) / chunks; p++)
        {
            (features[0], features[1]) = ((int)p % width, (int)p / width);
            for (var c = 2; c < features.Length; c++)
                features[c] = colours[p * 3 + c - 2];
            _geometry.Simplex(features, new(PixelKeys + p * corners, corners), nearness);
            for (var k = 0; k < corners; k++)
                weights[p * corners + k] = T.CreateTruncating(nearness[k]) / T.CreateTruncating(_geometry.Period);
        }
    }

    private void Number()
    {
        NativeMemory.Fill(Table, (nuint)_slots * sizeof(ulong), 0xFF);
        var (corners, count) = (_lattice.Corners, 0);
        var vertices = _lattice.Vertices.Data + (long)_picture * _entries;
        var keys = PixelKeys;
        for (long i = 0; i < _entries; i++)
        {
            // Pixels side by side mostly share vertices.
            if (i >= corners && keys[i] == keys[i - corners])
            {
                vertices[i] = vertices[i - corners];
                continue;
            }
            var slot = SlotOf(keys[i]);
            if (Table[slot] == LatticeGeometry.NoKey)
                (Table[slot], Numbers[slot], VertexKeys[count]) = (keys[i], count++, keys[i]);
            vertices[i] = Numbers[slot];
        }
        _lattice.Counts.Data[_picture] = count;
    }

    private void Link(int chunk)
    {
        var (corners, count) = (_lattice.Corners, (long)_lattice.Counts.Data[_picture]);
        var chunks = CpuLattice<T>.ChunksOf(count);
        for (var v = count * chunk / chunks; v < count * (chunk + 1) / chunks; v++)
        {
            var neighbours = _lattice.Neighbours.Data + ((long)_picture * _entries + v) * 2 * corners;
            for (var axis = 0; axis < corners; axis++)
            {
                neighbours[2 * axis] = NumberOf(_geometry.Neighbour(VertexKeys[v], axis, along: true));
                neighbours[2 * axis + 1] = NumberOf(_geometry.Neighbour(VertexKeys[v], axis, along: false));
            }
        }
    }

    private int NumberOf(ulong key)
    {
        var slot = SlotOf(key);
        return Table[slot] == key ? Numbers[slot] : -1;
    }

    /// <summary>Where the key is, or would be.</summary>
    private long SlotOf(ulong key)
    {
        var slot = (long)(unchecked(key * 0x9E3779B97F4A7C15) >> _shift);
        while (Table[slot] != key && Table[slot] != LatticeGeometry.NoKey)
            slot = slot + 1 & _slots - 1;
        return slot;
    }
}
