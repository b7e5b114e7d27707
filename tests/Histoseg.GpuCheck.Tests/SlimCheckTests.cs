using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;

namespace Histoseg.GpuCheck.Tests;

/// <summary>The comparison with PyTorch's values, here with the CPU's float32 in the GPU's place.</summary>
public class SlimCheckTests
{
    [Fact]
    public void Float32AgreesInEverything()
    {
        using var backend = new CpuBackend();
        var found = SlimCheck.Run(backend, Precision.Fp32, PyTorchValues.Network);
        Assert.Equal(8, found.Count);
        Assert.All(found, one => Assert.True(one.Passes, $"{one.What}: {one.Error}"));
    }

    [Fact]
    public void AWeightThatIsALittleOffIsFoundInEverything()
    {
        using var copy = new TempFolder();
        using (var file = SafeTensors.Open(Path.Combine(PyTorchValues.Network, "slim_weights.safetensors")))
        {
            var weights = ParameterSet<float>.Load(file);
            foreach (ref var weight in weights["backbone.layer1.0.conv2.weight"].AsSpan())
                weight *= 1.5f;
            weights["head.bias"][0] += 0.3f;
            var writer = new SafeTensorsWriter();
            weights.Save(writer);
            writer.Save(copy["slim_weights.safetensors"]);
        }
        File.Copy(Path.Combine(PyTorchValues.Network, "slim_step.safetensors"), copy["slim_step.safetensors"]);
        using var backend = new CpuBackend();
        Assert.All(SlimCheck.Run(backend, Precision.Fp32, copy.Root), one => Assert.False(one.Passes, $"{one.What}: {one.Error}"));
    }

    [Fact]
    public void WithoutValuesItIsSkipped()
    {
        using var backend = new CpuBackend(threads: 1);
        Assert.Contains("no ", Assert.Throws<SkippedException>(() => SlimCheck.Run(backend, Precision.Fp32, "nowhere")).Message);
    }
}
