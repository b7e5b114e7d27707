using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Runs;

namespace Histoseg.SoftwareCuda.Tests.Backend;

/// <summary>A report shows the bytes that training saw, whatever number type they come back in.</summary>
public class SeenPatchesOnCudaTests
{
    [Theory]
    [InlineData(Precision.Bf16)]
    [InlineData(Precision.Tf32)]
    [InlineData(Precision.Fp32)]
    public void Every_byte_comes_back_as_it_is(Precision precision)
    {
        const int side = 16;
        var settings = new AugmentationSettings { StainJitter = 0.1, BlurProbability = 0.5, BlurSigma = 1 };
        var batch = new PatchBatch(2, side, AugmentationRow.Length(settings));
        for (var i = 0; i < batch.Rgb.Length; i++)
            batch.Rgb[i] = (byte)(i / 3);
        using var gpu = new SoftwareGpu(precision);
        Assert.Equal(batch.Rgb, SeenPatches.Varied(gpu.Backend, batch, batch.Rgb, batch.Rows));

        var row = batch.Rows.Length / 2;
        AugmentationRow.Write(Augmentation.Draw(settings, 3), batch.Rows.AsSpan(row, row));
        using var cpu = new CpuBackend();
        Assert.Equal(SeenPatches.Varied(cpu, batch, batch.Rgb, batch.Rows), SeenPatches.Varied(gpu.Backend, batch, batch.Rgb, batch.Rows));
    }
}
