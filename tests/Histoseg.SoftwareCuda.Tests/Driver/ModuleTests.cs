using System.Text;
using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Tests;

public sealed unsafe class ModuleTests : IDisposable
{
    private readonly TestDevice _device = new();
    private readonly TestKernels _kernels;

    public ModuleTests() => _kernels = new TestKernels(_device);

    private SoftwareCudaDriver Driver => _device.Driver;

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Attributes_are_those_of_the_kernel()
    {
        var function = _kernels.Function("wide");
        TestDevice.Ok(Driver.FuncGetAttribute(out var shared, CudaFunctionAttribute.SharedSizeBytes, function));
        TestDevice.Ok(Driver.FuncGetAttribute(out var threads, CudaFunctionAttribute.MaxThreadsPerBlock, function));
        Assert.Equal((1024, 64), (shared, threads));
    }

    [Fact]
    public void Each_device_has_its_own_variables_and_they_go_with_their_module()
    {
        const string text = """
            .version 7.0
            .target sm_80
            .address_size 64
            .global .align 4 .u32 count = 40;
            .visible .entry next(.param .u64 next_to)
            {
                .reg .b32 %r<3>;
                .reg .b64 %rd<3>;
                ld.param.u64 %rd1, [next_to];
                cvta.to.global.u64 %rd2, %rd1;
                ld.global.u32 %r1, [count];
                add.s32 %r2, %r1, 1;
                st.global.u32 [count], %r2;
                st.global.u32 [%rd2], %r2;
                ret;
            }
            """;
        using var other = new TestDevice();
        Assert.Equal([41, 42, 41, 42], ((TestDevice[])[_device, other]).SelectMany(device =>
        {
            TestDevice.Ok(device.Driver.ModuleLoadData(out var module, Encoding.UTF8.GetBytes(text + "\0"), out var log));
            TestDevice.Ok(device.Driver.ModuleGetFunction(out var function, module, "next"));
            var results = Enumerable.Range(0, 2).Select(_ => Next(device, function)).ToList();
            TestDevice.Ok(device.Driver.ModuleUnload(module));
            Assert.DoesNotContain("variable", string.Join(' ', device.Driver.Leaks()));
            return results;
        }));
    }

    [Fact]
    public void A_function_of_an_unloaded_module_is_found()
    {
        var function = _kernels.Function("wide");
        TestDevice.Ok(Driver.ModuleUnload(_kernels.Module));
        Assert.Contains("destroyed before", _device.FaultOf(() => Driver.LaunchKernel(function, new Dim3(1), new Dim3(1), 0, 0, null)));
    }

    [Fact]
    public void A_name_the_module_lacks_is_not_found()
    {
        Assert.Equal(CudaStatus.NotFound, Driver.ModuleGetFunction(out _, _kernels.Module, "paste"));
    }

    [Theory]
    [InlineData("7.0", "8.5", CudaStatus.UnsupportedPtxVersion, "8.4")]
    [InlineData("sm_80", "sm_90", CudaStatus.NoBinaryForGpu, "sm_90")]
    [InlineData("mad.lo.s32", "mad.up.s32", CudaStatus.InvalidPtx, "mad.up")]
    public void Ptx_the_driver_does_not_take_is_refused_with_a_log(string old, string changed, CudaStatus expected, string log)
    {
        Assert.Equal(expected, Driver.ModuleLoadData(out _, Encoding.UTF8.GetBytes(TestKernels.Text.Replace(old, changed) + "\0"), out var said));
        Assert.Contains(log, said);
    }

    [Fact]
    public void Ptx_without_its_final_zero_is_found() =>
        Assert.Contains("zero byte", _device.FaultOf(() => Driver.ModuleLoadData(out _, Encoding.UTF8.GetBytes(TestKernels.Text), out var log)));

    private static int Next(TestDevice device, nint function)
    {
        var to = device.Device(4);
        var parameters = stackalloc void*[1] { &to };
        TestDevice.Ok(device.Driver.LaunchKernel(function, new Dim3(1), new Dim3(1), 0, 0, parameters));
        return device.Download<int>(to, 1)[0];
    }
}
