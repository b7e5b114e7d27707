namespace Histoseg.Engine.Backends;

/// <summary>Where patches go: count × P × P × 3 bytes.</summary>
internal delegate Span<byte> PixelTarget();

/// <summary>Cuts patches into the processor's memory.</summary>
/// <param name="target">Where they go.</param>
/// <param name="size">P.</param>
internal sealed class HostPatchInput(PixelTarget target, int size) : PatchInput
{
    /// <inheritdoc/>
    public override void Put(IReadOnlyList<PatchCut> patches, int turn)
    {
        var (bytes, walk) = (size * size * 3, SquareTurn.Back(turn, size));
        for (var n = 0; n < patches.Count; n++)
            Cut(patches[n], turn == 0 ? null : walk, target().Slice(n * bytes, bytes));
    }

    private void Cut(PatchCut patch, SquareTurn? turn, Span<byte> rgb)
    {
        if (patch.Overhangs(size))
            rgb.Fill(255);
        foreach (var block in patch.Blocks)
        {
            var (left, top, width, height) = block.PartOf(patch.X, patch.Y, size);
            for (var y = top; y < top + height; y++)
            {
                var line = block.Rgb.AsSpan(block.At(left, y), width * 3);
                if (turn is not { } walk)
                    line.CopyTo(rgb[(((y - patch.Y) * size + left - patch.X) * 3)..]);
                else
                    for (var (x, to) = (0, walk.At(left - patch.X, y - patch.Y)); x < width; x++, to += walk.StepX)
                        line.Slice(x * 3, 3).CopyTo(rgb[(to * 3)..]);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) { }
}
