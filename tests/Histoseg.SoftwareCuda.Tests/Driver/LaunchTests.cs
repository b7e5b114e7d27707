using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Tests;

public sealed unsafe class LaunchTests : IDisposable
{
    private readonly TestDevice _device;
    private readonly TestKernels _kernels;

    public LaunchTests() : this(new SoftwareCudaOptions())
    {
    }

    private LaunchTests(SoftwareCudaOptions options)
    {
        _device = new TestDevice(options);
        _kernels = new TestKernels(_device);
    }

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
        var function = _kernels.Function("copy");
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
        TestDevice.Ok(Launch(_kernels.Function("copy"), arena, 256, from, one, threads: 256));
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
        var function = _kernels.Function("copy");
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
        var function = _kernels.Function("wide");
        _device.FaultOf(() => Driver.LaunchKernel(function, new Dim3(gridX, gridY), new Dim3(blockX, blockY), 0, 0, null));
    }

    [Fact]
    public void A_block_larger_than_the_kernel_takes_is_found()
    {
        var function = _kernels.Function("wide");
        TestDevice.Ok(Driver.LaunchKernel(function, new Dim3(1), new Dim3(64), 0, 0, null));
        Assert.Contains("at most 64", _device.FaultOf(() => Driver.LaunchKernel(function, new Dim3(1), new Dim3(65), 0, 0, null)));
    }

    [Fact]
    public void Shared_memory_past_48_KiB_must_be_asked_for()
    {
        var function = _kernels.Function("wide");
        TestDevice.Ok(Driver.LaunchKernel(function, new Dim3(1), new Dim3(1), 47 << 10, 0, null));
        _device.FaultOf(() => Driver.LaunchKernel(function, new Dim3(1), new Dim3(1), (47 << 10) + 1, 0, null));
        TestDevice.Ok(Driver.FuncSetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedSizeBytes, 162 << 10));
        TestDevice.Ok(Driver.LaunchKernel(function, new Dim3(1), new Dim3(1), 162 << 10, 0, null));
        TestDevice.Ok(Driver.CtxSynchronize());
        _device.FaultOf(() => Driver.FuncSetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedSizeBytes, (162 << 10) + 1));
    }

    private CudaStatus Copy(ulong to, int n, ulong from, nint stream = 0) => Launch(_kernels.Function("copy"), to, n, from, stream);

    private CudaStatus Launch(nint function, ulong to, int n, ulong from, nint stream, uint threads = 32)
    {
        var parameters = stackalloc void*[3] { &to, &n, &from };
        return Driver.LaunchKernel(function, new Dim3(1), new Dim3(threads), 0, stream, parameters);
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
