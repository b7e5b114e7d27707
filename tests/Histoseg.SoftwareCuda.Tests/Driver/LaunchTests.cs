using System.Text;
using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Tests;

public sealed unsafe class LaunchTests : IDisposable
{
    // copy: to[i] = from[i] + 1 for i < n; wide: 1 KiB of its own shared memory and more if given
    private const string Module = """
        .version 7.0
        .target sm_80
        .address_size 64
        .extern .shared .align 16 .b8 more[];
        .visible .entry copy(.param .u64 copy_to, .param .u32 copy_n, .param .u64 copy_from)
        {
            .reg .pred %p<2>;
            .reg .b32 %r<8>;
            .reg .b64 %rd<8>;
            ld.param.u64 %rd1, [copy_to];
            ld.param.u32 %r1, [copy_n];
            ld.param.u64 %rd2, [copy_from];
            mov.u32 %r2, %ctaid.x;
            mov.u32 %r3, %ntid.x;
            mov.u32 %r4, %tid.x;
            mad.lo.s32 %r5, %r2, %r3, %r4;
            setp.ge.u32 %p1, %r5, %r1;
            @%p1 bra $DONE;
            cvta.to.global.u64 %rd3, %rd1;
            cvta.to.global.u64 %rd4, %rd2;
            mul.wide.u32 %rd5, %r5, 4;
            add.s64 %rd6, %rd3, %rd5;
            add.s64 %rd7, %rd4, %rd5;
            ld.global.u32 %r6, [%rd7];
            add.s32 %r7, %r6, 1;
            st.global.u32 [%rd6], %r7;
        $DONE:
            ret;
        }
        .visible .entry wide()
        .maxntid 64, 1, 1
        {
            .shared .align 4 .b8 own[1024];
            .reg .b32 %r<3>;
            mov.u32 %r1, own;
            mov.u32 %r2, 5;
            st.shared.u32 [%r1], %r2;
            ret;
        }
        """;

    private readonly TestDevice _device;
    private nint _module;

    public LaunchTests() : this(new SoftwareCudaOptions())
    {
    }

    private LaunchTests(SoftwareCudaOptions options) => _device = new TestDevice(options);

    private SoftwareCudaDriver Driver => _device.Driver;

    public void Dispose() => _device.Dispose();

    [Fact]
    public void A_kernel_runs_when_its_stream_is_synchronised()
    {
        var (from, to, stream) = (_device.Upload(1, 2, 3), _device.Upload(0, 0, 0), _device.Stream());
        TestDevice.Ok(Copy(to, 3, from, stream));
        TestDevice.Ok(Driver.StreamSynchronize(stream));
        Assert.Equal([2, 3, 4], Peek(to));
    }

    [Fact]
    public void Parameters_are_copied_at_the_launch_as_the_kernel_declares_them()
    {
        byte[]? seen = null;
        Driver.Launching += (kernel, grid, block, shared, values) => seen = values.ToArray();
        var to = _device.Device(4);
        TestDevice.Ok(Copy(to, 1, _device.Upload(1)));
        Assert.Equal(24, seen!.Length);
        Assert.Equal((to, 1), (BitConverter.ToUInt64(seen), BitConverter.ToInt32(seen, 8)));
        Assert.Equal([2], _device.Download<int>(to, 1));
    }

    [Fact]
    public void A_missing_parameter_is_found()
    {
        var function = Function("copy");
        Assert.Contains("3 parameters", _device.FaultOf(() => Driver.LaunchKernel(function, new Dim3(1), new Dim3(1), 0, 0, null)));
        Assert.Contains("copy_n", _device.FaultOf(() =>
        {
            ulong to = 0;
            var parameters = stackalloc void*[3] { &to, null, &to };
            Driver.LaunchKernel(function, new Dim3(1), new Dim3(1), 0, 0, parameters);
        }));
    }

    [Fact]
    public void An_access_past_an_allocation_is_found_and_says_which()
    {
        TestDevice.Ok(Copy(_device.Device(12), 4, _device.Upload(1, 2, 3, 4)));
        var fault = Assert.Throws<SoftwareCudaFault>(() => Driver.CtxSynchronize());
        Assert.Equal(CudaStatus.IllegalAddress, fault.Status);
        Assert.Contains("0 bytes past the end of device allocation", fault.Message);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(62)]
    public void A_misaligned_access_is_told_apart_from_one_out_of_bounds(uint offset)
    {
        TestDevice.Ok(Copy(_device.Device(4), 1, _device.Upload(new byte[128]) + offset));
        Assert.Equal(CudaStatus.MisalignedAddress, Assert.Throws<SoftwareCudaFault>(() => Driver.CtxSynchronize()).Status);
    }

    [Fact]
    public void Use_after_free_by_a_kernel_is_found()
    {
        var from = _device.Upload(1, 2, 3);
        TestDevice.Ok(Copy(_device.Device(12), 3, from));
        TestDevice.Ok(Driver.MemFree(from));
        Assert.Contains("freed by MemFree", _device.FaultOf(() => Driver.CtxSynchronize()));
    }

    [Fact]
    public void A_kernel_that_reads_what_another_stream_writes_is_found()
    {
        var (from, to, one, two) = (_device.Upload(1, 2, 3), _device.Device(12), _device.Stream(), _device.Stream());
        TestDevice.Ok(Copy(to, 3, from, one));
        TestDevice.Ok(Driver.MemsetD8Async(from, 0, 12, two));
        Assert.Contains("kernel copy", _device.FaultOf(() => Driver.CtxSynchronize()));
    }

    [Fact]
    public void Two_kernels_that_write_the_same_bytes_are_found()
    {
        var (to, from, other, one, two) = (_device.Device(12), _device.Upload(1, 2, 3), _device.Upload(4, 5, 6), _device.Stream(), _device.Stream());
        TestDevice.Ok(Copy(to, 3, from, one));
        TestDevice.Ok(Copy(to, 3, other, two));
        Assert.Contains("writes bytes of", _device.FaultOf(() => Driver.CtxSynchronize()));
    }

    [Fact]
    public void Kernels_may_share_what_they_read_and_an_allocation_in_different_parts()
    {
        var (from, arena, one, two) = (_device.Upload(1, 2, 3), _device.Device(128), _device.Stream(), _device.Stream());
        TestDevice.Ok(Copy(arena, 3, from, one));
        TestDevice.Ok(Copy(arena + 64, 3, from, two));
        TestDevice.Ok(Driver.CtxSynchronize());
    }

    [Fact]
    public void A_kernel_and_a_copy_may_write_neighbouring_numbers()
    {
        var (from, arena, one, two) = (_device.Upload(1, 2, 3), _device.Upload(0, 0, 0, 0, 0), _device.Stream(), _device.Stream());
        TestDevice.Ok(Copy(arena + 4, 3, from, one));
        TestDevice.Ok(Driver.MemsetD8Async(arena, 9, 4, two));
        TestDevice.Ok(Driver.MemsetD8Async(arena + 16, 9, 4, two));
        Assert.Equal([0x09090909, 2, 3, 4, 0x09090909], _device.Download<int>(arena, 5));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1020, true)]
    [InlineData(1023, true)]
    [InlineData(1024, false)]
    public void A_write_of_a_kernel_is_known_from_its_first_byte_to_its_last(uint offset, bool found)
    {
        var (from, arena, one, two) = (_device.Upload(Enumerable.Range(0, 256).ToArray()), _device.Upload(new byte[1100]), _device.Stream(), _device.Stream());
        TestDevice.Ok(Launch(Function("copy"), arena, 256, from, one, threads: 256));
        TestDevice.Ok(Driver.MemsetD8Async(arena + offset, 9, 1, two));
        if (found)
            Assert.Contains("nothing to order", _device.FaultOf(() => Driver.CtxSynchronize()));
        else
            TestDevice.Ok(Driver.CtxSynchronize());
    }

    [Fact]
    public void A_hazard_outlives_a_synchronisation_that_does_not_wait_for_both()
    {
        var (from, to, one, two) = (_device.Upload(1, 2, 3), _device.Upload(0, 0, 0), _device.Stream(), _device.Stream());
        TestDevice.Ok(Copy(to, 3, from, one));
        TestDevice.Ok(Driver.MemsetD8Async(to, 9, 4, two));
        TestDevice.Ok(Driver.StreamSynchronize(one));
        _device.FaultOf(() => Driver.StreamSynchronize(two));
    }

    [Fact]
    public void A_fault_in_a_kernel_is_the_status_of_what_comes_after_where_faults_do_not_throw()
    {
        using var quiet = new LaunchTests(new SoftwareCudaOptions { ThrowOnFault = false });
        TestDevice.Ok(quiet.Copy(quiet._device.Device(4), 4, quiet._device.Upload(1, 2, 3, 4)));
        Assert.Equal(CudaStatus.IllegalAddress, quiet.Driver.CtxSynchronize());
        Assert.Equal(CudaStatus.IllegalAddress, quiet.Driver.MemAlloc(out _, 4));
        Assert.Contains("past the end", Assert.Single(quiet.Driver.Faults));
    }

    [Fact]
    public void Stream_order_and_events_order_kernels_too()
    {
        var (at, one, two) = (_device.Upload(1, 2, 3), _device.Stream(), _device.Stream());
        TestDevice.Ok(Copy(at, 3, at, one));
        TestDevice.Ok(Copy(at, 3, at, one));
        _device.Order(one, two);
        TestDevice.Ok(Copy(at, 3, at, two));
        Assert.Equal([4, 5, 6], _device.Download<int>(at, 3));
    }

    [Fact]
    public void A_captured_launch_keeps_its_parameters()
    {
        var (at, stream) = (_device.Upload(1), _device.Stream());
        var function = Function("copy");
        TestDevice.Ok(Driver.StreamBeginCapture(stream, CudaCaptureMode.Global));
        TestDevice.Ok(Launch(function, at, 1, at, stream));
        TestDevice.Ok(Driver.StreamEndCapture(stream, out var graph));
        TestDevice.Ok(Driver.GraphInstantiate(out var executable, graph, 0));
        for (var i = 0; i < 3; i++)
            TestDevice.Ok(Driver.GraphLaunch(executable, stream));
        Assert.Equal([4], _device.Download<int>(at, 1));
    }

    [Theory]
    [InlineData(0, 1, 1, 1)]
    [InlineData(1, 65536, 1, 1)]
    [InlineData(1, 1, 1025, 1)]
    [InlineData(1, 1, 513, 2)]
    public void A_grid_or_block_out_of_bounds_is_found(uint gridX, uint gridY, uint blockX, uint blockY)
    {
        var function = Function("wide");
        _device.FaultOf(() => Driver.LaunchKernel(function, new Dim3(gridX, gridY), new Dim3(blockX, blockY), 0, 0, null));
    }

    [Fact]
    public void A_block_larger_than_the_kernel_takes_is_found()
    {
        var function = Function("wide");
        TestDevice.Ok(Driver.LaunchKernel(function, new Dim3(1), new Dim3(64), 0, 0, null));
        Assert.Contains("at most 64", _device.FaultOf(() => Driver.LaunchKernel(function, new Dim3(1), new Dim3(65), 0, 0, null)));
    }

    [Fact]
    public void Shared_memory_past_48_KiB_must_be_asked_for()
    {
        var function = Function("wide");
        TestDevice.Ok(Driver.LaunchKernel(function, new Dim3(1), new Dim3(1), 47 << 10, 0, null));
        _device.FaultOf(() => Driver.LaunchKernel(function, new Dim3(1), new Dim3(1), (47 << 10) + 1, 0, null));
        TestDevice.Ok(Driver.FuncSetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedSizeBytes, 162 << 10));
        TestDevice.Ok(Driver.LaunchKernel(function, new Dim3(1), new Dim3(1), 162 << 10, 0, null));
        TestDevice.Ok(Driver.CtxSynchronize());
        _device.FaultOf(() => Driver.FuncSetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedSizeBytes, (162 << 10) + 1));
    }

    [Fact]
    public void Attributes_are_those_of_the_kernel()
    {
        var function = Function("wide");
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
        var function = Function("wide");
        TestDevice.Ok(Driver.ModuleUnload(_module));
        Assert.Contains("destroyed before", _device.FaultOf(() => Driver.LaunchKernel(function, new Dim3(1), new Dim3(1), 0, 0, null)));
    }

    [Fact]
    public void A_name_the_module_lacks_is_not_found()
    {
        Function("copy");
        Assert.Equal(CudaStatus.NotFound, Driver.ModuleGetFunction(out _, _module, "paste"));
    }

    [Theory]
    [InlineData("7.0", "8.5", CudaStatus.UnsupportedPtxVersion, "8.4")]
    [InlineData("sm_80", "sm_90", CudaStatus.NoBinaryForGpu, "sm_90")]
    [InlineData("mad.lo.s32", "mad.up.s32", CudaStatus.InvalidPtx, "mad.up")]
    public void Ptx_the_driver_does_not_take_is_refused_with_a_log(string old, string changed, CudaStatus expected, string log)
    {
        Assert.Equal(expected, Driver.ModuleLoadData(out _, Encoding.UTF8.GetBytes(Module.Replace(old, changed) + "\0"), out var said));
        Assert.Contains(log, said);
    }

    [Fact]
    public void Ptx_without_its_final_zero_is_found() => Assert.Contains("zero byte", _device.FaultOf(() => Driver.ModuleLoadData(out _, Encoding.UTF8.GetBytes(Module), out var log)));

    private CudaStatus Copy(ulong to, int n, ulong from, nint stream = 0) => Launch(Function("copy"), to, n, from, stream);

    private CudaStatus Launch(nint function, ulong to, int n, ulong from, nint stream, uint threads = 32)
    {
        var parameters = stackalloc void*[3] { &to, &n, &from };
        return Driver.LaunchKernel(function, new Dim3(1), new Dim3(threads), 0, stream, parameters);
    }

    private static int Next(TestDevice device, nint function)
    {
        var to = device.Device(4);
        var parameters = stackalloc void*[1] { &to };
        TestDevice.Ok(device.Driver.LaunchKernel(function, new Dim3(1), new Dim3(1), 0, 0, parameters));
        return device.Download<int>(to, 1)[0];
    }

    private nint Function(string name)
    {
        if (_module == 0)
            TestDevice.Ok(Driver.ModuleLoadData(out _module, Encoding.UTF8.GetBytes(Module + "\0"), out var log));
        TestDevice.Ok(Driver.ModuleGetFunction(out var function, _module, name));
        return function;
    }

    /// <summary>Three numbers of the device as a stream that waits for no other sees them.</summary>
    private int[] Peek(ulong from)
    {
        var (stream, host) = (_device.Stream(), _device.Host(12));
        TestDevice.Ok(Driver.MemcpyDtoHAsync(host, from, 12, stream));
        TestDevice.Ok(Driver.StreamSynchronize(stream));
        return [((int*)host)[0], ((int*)host)[1], ((int*)host)[2]];
    }
}
