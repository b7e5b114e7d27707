using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.SoftwareCuda.Tests.Backend;

/// <summary>How the backend uses a device's memory.</summary>
public class DeviceTests
{
    [Fact]
    public void A_readback_that_nobody_drains_goes_after_its_copies()
    {
        using var gpu = new SoftwareGpu(Precision.Fp32);
        var (tape, y) = Rectified();
        using var program = gpu.Backend.Compile(tape);
        program.Write(tape["x"], new float[8]);
        using (var readback = program.CreateReadback([y], 2))
        {
            program.Run();
            readback.Post();
        }
        Assert.All(program.Read(y), v => Assert.Equal(0, v));
    }

    [Fact]
    public void A_table_whose_fields_may_lie_in_any_order_is_refused()
    {
        using var gpu = new SoftwareGpu(Precision.Fp32);
        using var memory = new CudaMemory(gpu.Backend.Device, PlannedMemory.PlanOnGpu(Rectified().Tape, Precision.Fp32), Precision.Fp32);
        Assert.Throws<ArgumentException>(() => memory.Table<(int, int)>([(1, 2)]));
        Assert.NotEqual(0UL, memory.Table<int>([1, 2]));
    }

    [Fact]
    public void Kernels_that_share_memory_ask_for_as_much_of_it_as_there_is()
    {
        using var gpu = new SoftwareGpu(Precision.Fp32);
        var device = gpu.Backend.Device;
        int Carveout(nint function)
        {
            device.Driver.FuncGetAttribute(out var percent, CudaFunctionAttribute.PreferredSharedMemoryCarveout, function).Check("cuFuncGetAttribute");
            return percent;
        }
        Assert.Equal(100, Carveout(device.Function("conv_tf32", "conv_64x64", 32768)));
        Assert.Equal(-1, Carveout(device.Function("elementwise", "narrow", 0)));
    }

    [Fact]
    public void Weights_that_are_not_trained_lie_on_the_GPU_once()
    {
        using var gpu = new SoftwareGpu(Precision.Bf16);
        var tape = new Tape();
        var x = tape.Input("x", new Shape(1, 1, 1, 256));
        var weight = tape.Parameter("weight", new Shape(256, 3, 3, 256));
        var y = tape.Keep(tape.Conv2d(x, weight, ConvWindow.Square(3, padding: 1)));
        var free = gpu.Backend.Device.Memory().Free;
        using var program = gpu.Backend.Compile(tape);
        var taken = free - gpu.Backend.Device.Memory().Free;
        Assert.InRange(taken, weight.Shape.Count * sizeof(ushort), weight.Shape.Count * sizeof(float));
        Assert.InRange(gpu.Backend.BytesNeeded(tape), weight.Shape.Count * sizeof(ushort), taken);
        // A third has no end in bfloat16.
        program.Write(weight, [.. Enumerable.Repeat(1 / 3f, (int)weight.Shape.Count)]);
        program.Write(x, [.. Enumerable.Repeat(1f, 256)]);
        program.Run();
        Assert.All(program.Read(weight), v => Assert.Equal(0.333984375f, v));
        Assert.All(program.Read(y), v => Assert.Equal(85.5f, v));
    }

    private static (Tape Tape, Value Y) Rectified()
    {
        var tape = new Tape();
        return (tape, tape.Keep(tape.Relu(tape.Input("x", new Shape(1, 1, 1, 8)))));
    }
}
