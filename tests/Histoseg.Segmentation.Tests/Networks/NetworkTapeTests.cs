using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Segmentation.Tests.Networks;

/// <summary>Every network's tape, and the memory planned for it in each number type, keeps the rules that are verified before compiling.</summary>
public class NetworkTapeTests
{
    private const int Side = 64;

    public static TheoryData<string, NetworkMode, bool> Recordings
    {
        get
        {
            var recordings = new TheoryData<string, NetworkMode, bool>();
            foreach (var name in Network.Names)
                foreach (var mode in Enum.GetValues<NetworkMode>())
                    foreach (var crf in new[] { false, true })
                        recordings.Add(name, mode, crf);
            return recordings;
        }
    }

    [Theory, MemberData(nameof(Recordings))]
    public void The_tape_and_its_plans_verify(string name, NetworkMode mode, bool crf)
    {
        var network = Network.Create(new() { Name = name, Width = 4, GicnChannels = 8, Crf = crf ? new() { AppearanceColourSigma = 60 } : null }, classes: 3);
        var tape = new Tape();
        var colours = tape.Input("colours", new Shape(2, Side, Side, 3), ElementType.UInt8);
        var logits = network.Record(new Layers(tape, mode), tape.NormalisePixels(colours, [0.5, 0.5, 0.5], [1, 1, 1]), colours);
        if (mode == NetworkMode.Training)
        {
            var loss = tape.SegmentationLoss(logits, tape.Input("target", new Shape(2, Side, Side, 1), ElementType.Int32)).Loss;
            tape.Sgd(tape.Backward(tape.Keep(loss)), tape.Input("rate", Shape.Scalar, ElementType.Wide), 0.9, 1e-4);
        }
        else
            tape.Keep(tape.Softmax(logits, ElementType.Wide));
        foreach (var (real, wide) in new[] { (2, 4), (4, 4), (8, 8) })
            Assert.NotEmpty(MemoryPlan.For(tape, real, wide).Placements);
    }
}
