using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Segmentation.Tests.Models;

/// <summary>A batch that is not full: only the patches that are there are computed.</summary>
public sealed class FewerPatchesTests
{
    private const int Side = 64, Batch = 3;

    public static TheoryData<string> Names() => [.. Network.Names];

    private static ModelDescription Description(string network) => new()
    {
        Network = new() { Name = network, Width = 8, GicnChannels = 8, K = 5 },
        NumClasses = 2,
        ClassNames = ["background", "gland"],
        PatchSizePixels = Side,
        Normalisation = Normalisation.ImageNet,
    };

    private static PatchSegmenter Segmenter(CpuBackend backend, ModelDescription model, int batch, CrfSettings? crf = null)
    {
        var segmenter = new PatchSegmenter(backend, model.CreateNetwork(), Side, batch, model.Normalisation, crf);
        segmenter.Load(RandomWeights.Of(model, backend), "random");
        return segmenter;
    }

    private static float[] Answers(PatchSegmenter segmenter, byte[] rgb, int count)
    {
        var answers = new float[count * Side * Side * segmenter.Classes];
        segmenter.Segment(rgb.AsSpan(0, count * Side * Side * 3), count, answers);
        return answers;
    }

    private static byte[] Patches(int seed)
    {
        var rgb = new byte[Batch * Side * Side * 3];
        new Random(seed).NextBytes(rgb);
        return rgb;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Get_the_answers_of_a_batch_of_their_number(string network)
    {
        using var backend = new CpuBackend(threads: 2);
        var model = Description(network);
        using var segmenter = Segmenter(backend, model, Batch);
        var rgb = Patches(1);
        var whole = Answers(segmenter, rgb, Batch);
        foreach (var count in new[] { 1, 2, 1 })
        {
            using var own = Segmenter(backend, model, count);
            var answers = Answers(segmenter, rgb, count);
            Assert.Equal(Answers(own, rgb, count), answers);
            Assert.Equal(whole[..answers.Length], answers);
            Assert.Equal(whole, Answers(segmenter, rgb, Batch));
        }
    }

    [Fact]
    public void Go_through_the_crf_like_others()
    {
        using var backend = new CpuBackend(threads: 2);
        var (model, rgb) = (Description("resnet18-unet"), Patches(3));
        using var segmenter = Segmenter(backend, model, Batch, new CrfSettings());
        using var own = Segmenter(backend, model, 1, new CrfSettings());
        Answers(segmenter, rgb, Batch);
        Assert.Equal(Answers(own, rgb, 1), Answers(segmenter, rgb, 1));
    }

    [Fact]
    public void Are_of_the_weights_loaded_last()
    {
        using var backend = new CpuBackend(threads: 2);
        var (model, rgb) = (Description("resnet18-unet"), Patches(2));
        using var segmenter = Segmenter(backend, model, Batch);
        var before = Answers(segmenter, rgb, 1);
        var weights = RandomWeights.Of(model, backend);
        foreach (ref var number in weights["head.weight"].AsSpan())
            number = -number;
        segmenter.Load(weights, "turned");
        using var own = new PatchSegmenter(backend, model.CreateNetwork(), Side, 1, model.Normalisation);
        own.Load(weights, "turned");
        Assert.NotEqual(before, Answers(segmenter, rgb, 1));
        Assert.Equal(Answers(own, rgb, 1), Answers(segmenter, rgb, 1));
    }

    [Fact]
    public void Take_no_second_copy_of_the_packed_weights()
    {
        using var backend = new CpuBackend(threads: 1);
        var description = Description("resnet18-unet");
        var whole = PatchSegmenter.Record(description.CreateNetwork(), Side, Batch, description.Normalisation).Tape;
        var shorter = PatchSegmenter.Record(description.CreateNetwork(), Side, 1, description.Normalisation).Tape;
        using var program = backend.Compile(whole);
        var alone = program.WorkspaceBytes;
        program.Shorter(() => shorter);
        Assert.Equal(alone, program.WorkspaceBytes);
    }

    [Fact]
    public void Of_another_network_are_refused()
    {
        using var backend = new CpuBackend(threads: 1);
        var model = Description("resnet18-unet");
        using var program = backend.Compile(PatchSegmenter.Record(model.CreateNetwork(), Side, Batch, model.Normalisation).Tape);
        var wider = Description("resnet18-unet") with { NumClasses = 3, ClassNames = ["a", "b", "c"] };
        foreach (var (network, batch) in new[] { (Description("unet").CreateNetwork(), 1), (wider.CreateNetwork(), 1), (model.CreateNetwork(), Batch + 1) })
            Assert.Throws<ArgumentException>(() => program.Shorter(() => PatchSegmenter.Record(network, Side, batch, model.Normalisation).Tape));
    }

    [Fact]
    public void Of_a_pass_that_reads_other_values_are_refused()
    {
        using var backend = new CpuBackend(threads: 1);
        using var program = backend.Compile(Sum(Batch, second: false));
        Assert.NotNull(program.Shorter(() => Sum(1, second: false)));
        Assert.Throws<ArgumentException>(() => program.Shorter(() => Sum(1, second: true)));

        static Tape Sum(int images, bool second)
        {
            var tape = new Tape();
            var (x, y) = (tape.Input("x", new Shape(images, 1, 1, 8)), tape.Input("y", new Shape(images, 1, 1, 8)));
            tape.Keep(tape.Add(x, second ? x : y));
            return tape;
        }
    }
}
