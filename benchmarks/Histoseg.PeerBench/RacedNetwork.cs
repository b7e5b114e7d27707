using Google.Protobuf;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Export;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;

namespace Histoseg.PeerBench;

/// <summary>A network with random weights, and the same as an ONNX file, which goes when this is disposed.</summary>
internal sealed class RacedNetwork : IDisposable
{
    /// <summary>Draws the weights and writes the file.</summary>
    /// <param name="name">The network.</param>
    /// <param name="width">Its width.</param>
    /// <param name="patchSize">Side of the patch the file is made for.</param>
    /// <param name="backend">Where weights are drawn.</param>
    public RacedNetwork(string name, int width, int patchSize, ProcessorBackend backend)
    {
        Description = new()
        {
            Network = new NetworkDescription { Name = name, Width = width },
            NumClasses = 2,
            ClassNames = ["background", "tumour"],
            PatchSizePixels = patchSize,
            Normalisation = Normalisation.ImageNet,
        };
        Weights = RandomWeights.Of(Description, backend);
        using var file = File.Create(Onnx);
        OnnxModel.Build(Description, Weights, name, patchSize).Content.WriteTo(file);
    }

    /// <summary>What it is.</summary>
    public ModelDescription Description { get; }

    /// <summary>Its parameters and running statistics.</summary>
    public ParameterSet<float> Weights { get; }

    /// <summary>The file.</summary>
    public string Onnx { get; } = Path.Combine(Path.GetTempPath(), $"peerbench-{Environment.ProcessId}.onnx");

    /// <inheritdoc/>
    public void Dispose() => File.Delete(Onnx);
}
