using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
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

    public static TheoryData<string> Names => [.. Network.Names];

    [Theory, MemberData(nameof(Names))]
    public void Rewritten_for_inference_every_network_gives_the_same_for_no_more_work(string name)
    {
        var network = Network.Create(new() { Name = name, Width = 4, GicnChannels = 8 }, classes: 3);
        var plain = PatchSegmenter.Record(network, Side, 1, Normalisation.ImageNet);
        var rewritten = plain.Rewritten();
        Assert.True(Flops(rewritten.Tape) <= Flops(plain.Tape));
        Assert.Equal(rewritten.Rewrites.Count > 0, Flops(rewritten.Tape) < Flops(plain.Tape) || name.Contains("gicn", StringComparison.Ordinal));
        using var backend = new CpuBackend(threads: 2);
        var weights = RandomWeights.Of(new()
        {
            Network = network.Description,
            NumClasses = 3,
            ClassNames = ["a", "b", "c"],
            PatchSizePixels = Side,
            Normalisation = Normalisation.ImageNet,
        }, backend);
        var (expected, actual) = (Run(backend, plain, weights), Run(backend, rewritten, weights));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
    }

    private static long Flops(Tape tape) => tape.Nodes.Sum(node => node.Op.Cost(node).Flops);

    private static double[] Run(CpuBackend backend, PatchSegmenter.Recording recording, ParameterSet<float> weights)
    {
        using var program = backend.Compile<double>(recording.Tape);
        var wide = new ParameterSet<double>();
        foreach (var name in weights.Names)
            wide.Add(name, weights.ShapeOf(name), Array.ConvertAll(weights[name], v => (double)v));
        recording.Prepared(wide, "test").CopyTo(program, "test", ParameterSet<double>.IsModel);
        var image = new byte[recording.Image.Shape.Count];
        new Random(3).NextBytes(image);
        program.Write(recording.Image, image);
        program.Run();
        return program.Read(recording.Probabilities);
    }
}
