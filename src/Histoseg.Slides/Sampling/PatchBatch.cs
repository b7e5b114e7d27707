using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Sampling;

/// <summary>The patches of one training step.</summary>
internal sealed class PatchBatch
{
    /// <summary>An empty batch, whose patches are to be left as they are.</summary>
    /// <param name="count">Patches it holds.</param>
    /// <param name="patchSize">Side of each, pixels.</param>
    /// <param name="rowLength">Numbers of each patch's <see cref="AugmentationRow"/>.</param>
    public PatchBatch(int count, int patchSize, int rowLength)
    {
        PatchSize = patchSize;
        Rows = new float[count * rowLength];
        Rgb = new byte[(long)count * patchSize * patchSize * 3];
        Labels = new byte[(long)count * patchSize * patchSize];
        Requests = new PatchRequest[count];
        for (var i = 0; i < count; i++)
            AugmentationRow.Write(Augmentation.None, Rows.AsSpan(i * rowLength, rowLength));
    }

    /// <summary>The training step it belongs to.</summary>
    public long Iteration { get; private set; }

    /// <summary>Patches it holds.</summary>
    public int Count => Requests.Length;

    /// <summary>Side of each patch, pixels.</summary>
    public int PatchSize { get; }

    /// <summary>Colours, Count × PatchSize × PatchSize × 3 bytes.</summary>
    public byte[] Rgb { get; }

    /// <summary>Labels, Count × PatchSize × PatchSize bytes; 255 counts nowhere.</summary>
    public byte[] Labels { get; }

    /// <summary>An <see cref="AugmentationRow"/> for each patch: how the tape is to vary it.</summary>
    public float[] Rows { get; }

    /// <summary>Where each patch comes from.</summary>
    public PatchRequest[] Requests { get; }

    /// <summary>Patches that really show a foreground class after jitter and zoom.</summary>
    public int Positives { get; private set; }

    /// <summary>Patches that could not be read and are ignored throughout.</summary>
    public int Unreadable { get; private set; }

    /// <summary>Fills it with the patches of a step.</summary>
    /// <param name="iteration">The step.</param>
    /// <param name="sampler">Draws them.</param>
    /// <param name="loader">Loads them.</param>
    /// <param name="cancel">Looked at before every patch.</param>
    /// <param name="first">The place of its first patch in the step's batch, of which it may be a part.</param>
    public void Fill(long iteration, PatchSampler sampler, PatchLoader loader, CancellationToken cancel = default, int first = 0)
    {
        (Iteration, Positives, Unreadable) = (iteration, 0, 0);
        var (pixels, row) = (PatchSize * PatchSize, Rows.Length / Count);
        for (var i = 0; i < Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            Requests[i] = sampler.Draw(iteration, first + i);
            var labels = Labels.AsSpan(i * pixels, pixels);
            if (!loader.Load(Requests[i], Rgb.AsSpan(i * pixels * 3, pixels * 3), labels, Rows.AsSpan(i * row, row))) Unreadable++;
            if (labels.ContainsAnyInRange((byte)1, (byte)(ClassMap.Ignore - 1))) Positives++;
        }
    }
}
