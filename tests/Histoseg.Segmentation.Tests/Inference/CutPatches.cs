using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>The pixels of a batch's patches.</summary>
internal static class CutPatches
{
    /// <summary>Patches × size × size × 3 bytes.</summary>
    public static byte[] Of(GridBatch batch, int size)
    {
        var rgb = new byte[batch.Patches.Count * size * size * 3];
        using var input = new HostPatchInput(() => rgb, size);
        input.Put(batch.Patches, turn: 0);
        return rgb;
    }
}
