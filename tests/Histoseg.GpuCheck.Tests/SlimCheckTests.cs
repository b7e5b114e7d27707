using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;

namespace Histoseg.GpuCheck.Tests;

/// <summary>The comparison with PyTorch's values, here with the CPU's float32 in the GPU's place.</summary>
public class SlimCheckTests
{
    [Fact]
    public void Float32_agrees_in_everything()
    {
        using var backend = new CpuBackend();
        var found = SlimCheck.Run(backend, Precision.Fp32, PyTorchValues.Network);
        Assert.Equal(7, found.Count);
        Assert.All(found, one => Assert.True(one.Passes, $"{one.What}: {one.Error}"));
    }

    [Fact]
    public void A_weight_that_is_a_little_off_is_found_in_everything()
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
    public void Without_values_it_is_skipped()
    {
        using var backend = new CpuBackend(threads: 1);
        Assert.Contains("no ", Assert.Throws<SkippedException>(() => SlimCheck.Run(backend, Precision.Fp32, "nowhere")).Message);
    }
}
