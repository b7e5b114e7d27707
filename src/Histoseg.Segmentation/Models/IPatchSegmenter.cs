using Histoseg.Engine.Backends;

namespace Histoseg.Segmentation.Models;

/// <summary>A trained network ready to segment batches of patches: what tiling, blending and output need to know of it.</summary>
internal interface IPatchSegmenter : IDisposable
{
    /// <summary>Number of classes, background included.</summary>
    int Classes { get; }

    /// <summary>Side of the square patch in pixels.</summary>
    int PatchSize { get; }

    /// <summary>The most patches one call takes.</summary>
    int BatchSize { get; }

    /// <summary>
    /// Pixels of the input per pixel of the network's smallest map: patches that lie a multiple of it apart see the tissue in the same phase.
    /// </summary>
    int OutputStride { get; }

    /// <summary>Threads that should read patches for it.</summary>
    int Readers { get; }

    /// <summary>Whether <see cref="Run"/> returns before the answers are there.</summary>
    bool RunsAsynchronously { get; }

    /// <summary>A way for patches of a slide to where <see cref="Run"/> takes them from.</summary>
    PatchInput CreateInput(BlockLayout layout);

    /// <summary>Segments the patches put into its input and leaves the answers where they are, for the blender.</summary>
    /// <param name="count">Patches, 1 to <see cref="BatchSize"/>.</param>
    void Run(int count);

    /// <summary>A blender of the answers of <see cref="Run"/>, where they are.</summary>
    Blender CreateBlender(BlendLayout layout);
}
