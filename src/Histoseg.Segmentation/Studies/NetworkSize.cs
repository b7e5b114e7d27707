using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;
using Histoseg.Segmentation.Training;

namespace Histoseg.Segmentation.Studies;

/// <summary>How large a network is.</summary>
/// <param name="Parameters">Learned numbers.</param>
/// <param name="WithoutBackbone">Those that are not the backbone's, as the paper counts.</param>
internal readonly record struct NetworkSize(long Parameters, long WithoutBackbone)
{
    private const string Backbone = "backbone.";

    /// <summary>Counts on the tape; nothing is computed.</summary>
    /// <param name="settings">The network.</param>
    /// <param name="patchSize">A side it takes.</param>
    public static NetworkSize Of(NetworkSettings settings, int patchSize)
    {
        var tape = new Tape();
        // In training the batch norms are not folded, and their parameters count; they ask for more than one patch.
        var images = new Shape(TrainConfig.LeastBatch, patchSize, patchSize, 3);
        Network.Create(settings).Record(new Layers(tape, NetworkMode.Training), tape.Input("image", images), tape.Input("colours", images, ElementType.UInt8));
        return new(tape.Parameters.Sum(value => value.Shape.Count),
            tape.Parameters.Where(value => !value.Name.StartsWith(Backbone, StringComparison.Ordinal)).Sum(value => value.Shape.Count));
    }
}
