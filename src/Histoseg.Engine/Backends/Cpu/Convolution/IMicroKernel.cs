namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>The innermost loop of every float32 convolution: tile[Rows][Columns] = Σ over k of a(row, k)·b[k][Columns], all sums in registers.</summary>
internal unsafe interface IMicroKernel
{
    /// <summary>Rows of a tile, an even number that divides the rows of a block.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of a tile, a multiple of 8.</summary>
    static abstract int Columns { get; }

    static abstract void Multiply(in TileSource<float> a, float* b, float* tile);
}
