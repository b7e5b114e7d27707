using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;

namespace Histoseg.Segmentation.Tests.Models;

public class NormalisationTests
{
    [Fact]
    public void Bytes_become_value_times_scale_plus_shift()
    {
        var (mean, deviation) = (Normalisation.ImageNet.Mean, Normalisation.ImageNet.Deviation);
        byte[] colours = [.. Enumerable.Range(0, 256 * 3).Select(i => (byte)(i / 3))];
        var tape = new Tape();
        var pixels = tape.Input("pixels", new Shape(1, 16, 16, 3), ElementType.UInt8);
        var y = tape.Keep(tape.NormalisePixels(pixels, mean, deviation));
        using var backend = new CpuBackend(threads: 2);
        using var program = backend.Compile(tape);
        program.Write(pixels, colours);
        program.Run();
        Assert.Equal(colours.Select((v, i) => v * (float)(1 / (255 * deviation[i % 3])) + (float)(-mean[i % 3] / deviation[i % 3])), program.Read(y));
    }
}
