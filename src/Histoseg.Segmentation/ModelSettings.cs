using Histoseg.Engine.Backends;

namespace Histoseg.Segmentation;

/// <summary>Where and how a model is run.</summary>
public sealed record ModelSettings
{
    /// <summary>
    /// A device as <see cref="Engine.Devices.DeviceName"/> reads it: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, or <c>auto</c>: the first GPU that serves,
    /// else the processor.
    /// </summary>
    public string Device { get; init; } = "auto";

    /// <summary>Number type of activations on a GPU; the processor computes in float32.</summary>
    public Precision Precision { get; init; } = Precision.Bf16;

    /// <summary>Threads of the processor; 0: one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Patches per forward pass, 1…1024; null: what suits the device.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Side of the patch in pixels, a multiple of the network's output stride; null: the one the model was trained with.</summary>
    public int? PatchSize { get; init; }

    /// <summary>µm per pixel the network sees, above 0; null: the model's own.</summary>
    public double? MicronsPerPixel { get; init; }

    /// <summary>Refines the answers by a fully connected CRF with fixed weights (Krähenbühl and Koltun 2011).</summary>
    public bool Crf { get; init; }

    /// <summary>
    /// Computes the network as it is defined, operation by operation, without the algebra and, on the processor, Winograd's convolutions that give the same up
    /// to rounding in less time. For comparing with other programs to the last digits.
    /// </summary>
    public bool Exact { get; init; }
}
