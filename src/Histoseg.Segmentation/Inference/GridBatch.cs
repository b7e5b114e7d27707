namespace Histoseg.Segmentation.Inference;

/// <summary>What a patch of the grid turned out to be.</summary>
internal enum PatchKind
{
    /// <summary>Has tissue and goes through the network.</summary>
    Tissue,
    /// <summary>Background without tissue.</summary>
    White,
    /// <summary>Touches a corrupt tile.</summary>
    Unreadable,
}

/// <summary>One patch of the grid; <paramref name="Slot"/> is its place in the batch where it has tissue.</summary>
internal readonly record struct PatchPlace(int Row, int Column, PatchKind Kind, int Slot);

/// <summary>Consecutive patches of the grid and the pixels of those that have tissue.</summary>
internal sealed class GridBatch(int batchSize, int patchBytes)
{
    public byte[] Rgb { get; } = new byte[checked(batchSize * patchBytes)];
    public int Count { get; set; }
    public List<PatchPlace> Places { get; } = [];

    public void Clear()
    {
        Count = 0;
        Places.Clear();
    }
}
