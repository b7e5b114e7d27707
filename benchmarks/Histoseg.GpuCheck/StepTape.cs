using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;

namespace Histoseg.GpuCheck;

/// <summary>One training step on its tape: forward pass, loss, gradients, updates.</summary>
/// <param name="Tape">The tape.</param>
/// <param name="Image">Input (N, P, P, 3).</param>
/// <param name="Target">Input (N, P, P, 1), integers.</param>
/// <param name="Rate">Input, the learning rate.</param>
/// <param name="Logits">(N, P, P, classes).</param>
/// <param name="Loss">The loss, kept.</param>
/// <param name="Gradients">Every parameter's gradient.</param>
internal sealed record StepTape(Tape Tape, Value Image, Value Target, Value Rate, Value Logits, Value Loss, IReadOnlyDictionary<Value, Value> Gradients)
{
    private const double Momentum = 0.9, WeightDecay = 1e-4;

    /// <summary>Records it.</summary>
    public static StepTape Record(Network network, int batch, int side)
    {
        var tape = new Tape();
        var image = tape.Input("image", new Shape(batch, side, side, 3));
        var target = tape.Input("target", new Shape(batch, side, side, 1), ElementType.Int32);
        var rate = tape.Input("learning_rate", Shape.Scalar, ElementType.Wide);
        var logits = network.Record(new Layers(tape, NetworkMode.Training), image);
        var loss = tape.Keep(tape.SegmentationLoss(logits, target).Loss);
        var gradients = tape.Backward(loss);
        tape.Sgd(gradients, rate, Momentum, WeightDecay);
        return new StepTape(tape, image, target, rate, logits, loss, gradients);
    }

    /// <summary>The same with logits and gradients kept, so that they can be read.</summary>
    public StepTape KeepAll()
    {
        Tape.Keep(Logits);
        foreach (var parameter in Tape.Parameters)
            Tape.Keep(Gradients[parameter]);
        return this;
    }
}
