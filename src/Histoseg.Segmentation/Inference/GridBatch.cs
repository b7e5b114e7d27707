using System.Buffers;
using Histoseg.Engine.Backends;

namespace Histoseg.Segmentation.Inference;

/// <summary>What a patch of the grid turned out to be.</summary>
internal enum PatchKind
{
    /// <summary>Has tissue and goes through the network.</summary>
    Tissue,
    /// <summary>Background without tissue.</summary>
    White,
    /// <summary>White in a low level, and not read.</summary>
    Blank,
    /// <summary>Touches a corrupt tile.</summary>
    Unreadable,
}

/// <summary>One patch of the grid; <paramref name="Slot"/> is its place in the batch where it has tissue.</summary>
internal readonly record struct PatchPlace(int Row, int Column, PatchKind Kind, int Slot);

/// <summary>Consecutive patches of the grid, and what those are cut from that have tissue.</summary>
internal sealed class GridBatch
{
    /// <summary>All of them.</summary>
    public List<PatchPlace> Places { get; } = [];

    /// <summary>Those that have tissue.</summary>
    public List<PatchCut> Patches { get; } = [];

    /// <summary>Pixels that no later batch needs.</summary>
    public List<byte[]> Spent { get; } = [];

    /// <summary>Bytes of these.</summary>
    public long SpentBytes => Spent.Sum(pixels => (long)pixels.Length);

    /// <summary>Empties it; nobody may look at its patches any more.</summary>
    public void Clear()
    {
        Places.Clear();
        Patches.Clear();
        Spent.ForEach(pixels => ArrayPool<byte>.Shared.Return(pixels));
        Spent.Clear();
    }
}
