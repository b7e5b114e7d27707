using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;

namespace Histoseg.GpuCheck.Tests;

/// <summary>The comparison with PyTorch's values, here with the CPU's float32 in the GPU's place.</summary>
public class SlimCheckTests
{
    private const string Missing = "the folder shared/reference/network with PyTorch's values is not there";

    [SkippableFact]
    public void Float32AgreesInEverything()
    {
        var folder = SharedData.Find("reference/network");
        Skip.If(folder is null, Missing);
        using var backend = new CpuBackend();
        var found = SlimCheck.Run(backend, Precision.Fp32, folder);
        Assert.Equal(7, found.Count);
        Assert.All(found, one => Assert.True(one.Passes, $"{one.What}: {one.Error}"));
    }

    [SkippableFact]
    public void AWeightThatIsALittleOffIsFoundInEverything()
    {
        var folder = SharedData.Find("reference/network");
        Skip.If(folder is null, Missing);
        var copy = Directory.CreateTempSubdirectory("histoseg-");
        try
        {
            using (var file = SafeTensors.Open(Path.Combine(folder, "slim_weights.safetensors")))
            {
                var weights = ParameterSet<float>.Load(file);
                foreach (ref var weight in weights["backbone.layer1.0.conv2.weight"].AsSpan())
                    weight *= 1.5f;
                weights["head.bias"][0] += 0.3f;
                var writer = new SafeTensorsWriter();
                weights.Save(writer);
                writer.Save(Path.Combine(copy.FullName, "slim_weights.safetensors"));
            }
            File.Copy(Path.Combine(folder, "slim_step.safetensors"), Path.Combine(copy.FullName, "slim_step.safetensors"));
            using var backend = new CpuBackend();
            Assert.All(SlimCheck.Run(backend, Precision.Fp32, copy.FullName), one => Assert.False(one.Passes, $"{one.What}: {one.Error}"));
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    [Fact]
    public void WithoutValuesItIsSkipped()
    {
        using var backend = new CpuBackend(threads: 1);
        Assert.Contains("no ", Assert.Throws<SkippedException>(() => SlimCheck.Run(backend, Precision.Fp32, "nowhere")).Message);
    }
}
