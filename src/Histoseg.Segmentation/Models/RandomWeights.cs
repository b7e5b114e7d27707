using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Segmentation.Models;

/// <summary>Weights for what is only timed: as an untrained network begins with.</summary>
internal static class RandomWeights
{
    private const int Seed = 1;

    /// <summary>Parameters and running statistics for a model; the same every time.</summary>
    /// <exception cref="Engine.EngineError">A key of the network is out of range.</exception>
    public static ParameterSet<float> Of(ModelDescription description, ProcessorBackend backend)
    {
        var tape = new Tape();
        var image = tape.Input("image", new Shape(1, description.PatchSizePixels, description.PatchSizePixels, 3), ElementType.UInt8);
        description.CreateNetwork().Record(new Layers(tape, NetworkMode.Evaluation),
            tape.NormalisePixels(image, description.Normalisation.Mean, description.Normalisation.Deviation), image);
        using var program = backend.Compile(tape);
        Initialisation.KaimingNormal(program, Seed);
        return ParameterSet<float>.From(program);
    }
}
