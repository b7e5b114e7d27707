namespace Histoseg.Engine.Backends.Cpu;

/// <summary>A lattice of one batch in memory, as <see cref="Ops.Lattice"/> tells it.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="Vertices">Per pixel and corner.</param>
/// <param name="Weights">Per pixel and corner.</param>
/// <param name="Neighbours">Per vertex, axis and side.</param>
/// <param name="Counts">Per picture.</param>
/// <param name="Scale">Per pixel.</param>
internal readonly record struct CpuLattice<T>(Buffer<int> Vertices, Buffer<T> Weights, Buffer<int> Neighbours, Buffer<int> Counts, Buffer<T> Scale)
    where T : unmanaged
{
    private const int MostChunks = 64, LeastItems = 256;

    /// <summary>Pieces of a loop over pixels or vertices of one picture; a short one is not worth waking threads for.</summary>
    public static int ChunksOf(long items) => (int)Math.Clamp(items / LeastItems, 1, MostChunks);

    /// <summary>Number of pictures.</summary>
    public int Pictures => Vertices.Shape.N;

    /// <summary>Pixels of one picture.</summary>
    public int Pixels => Vertices.Shape.H * Vertices.Shape.W;

    /// <summary>Vertices of a simplex, and axes of the lattice.</summary>
    public int Corners => Vertices.Shape.C;
}
