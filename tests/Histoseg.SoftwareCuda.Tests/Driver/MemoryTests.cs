using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Tests;

public sealed class MemoryTests : IDisposable
{
    private readonly TestDevice _device = new(new SoftwareCudaOptions { MemoryBytes = 1 << 20 });

    private SoftwareCudaDriver Driver => _device.Driver;

    public void Dispose() => _device.Dispose();

    [Fact]
    public void What_is_copied_to_the_device_comes_back()
    {
        var address = _device.Upload(1, 2, 3);
        var other = _device.Device(12);
        TestDevice.Ok(Driver.MemcpyDtoDAsync(other, address, 12, 0));
        Assert.Equal([1, 2, 3], _device.Download<int>(other, 3));
    }

    [Fact]
    public void Fresh_device_memory_is_nan_and_aligned()
    {
        var address = _device.Device(8);
        Assert.Equal(0UL, address % 256);
        Assert.Equal([float.NaN, float.NaN], _device.Download<float>(address, 2));
    }

    [Fact]
    public void Memsets_write_bytes()
    {
        var address = _device.Device(8);
        TestDevice.Ok(Driver.MemsetD8Async(address, 7, 8, 0));
        TestDevice.Ok(Driver.MemsetD8Async(address + 5, 1, 2, 0));
        Assert.Equal([0x07070707u, 0x07010107u], _device.Download<uint>(address, 2));
    }

    [Fact]
    public void More_than_the_device_has_is_out_of_memory_and_no_fault()
    {
        Assert.Equal(CudaStatus.OutOfMemory, Driver.MemAlloc(out _, (1 << 20) + 1));
        Assert.Empty(Driver.Faults);
    }

    [Fact]
    public void Memory_information_counts_what_is_allocated()
    {
        _device.Device(1000);
        TestDevice.Ok(Driver.MemGetInfo(out var free, out var total));
        Assert.Equal(((nuint)(1 << 20) - 1000, (nuint)(1 << 20)), (free, total));
    }

    [Theory]
    [InlineData(0, 17)]
    [InlineData(16, 1)]
    [InlineData(-1, 1)]
    public void A_copy_outside_its_allocation_is_found(long offset, uint bytes)
    {
        _device.Device(16);
        var address = _device.Device(16);
        _device.FaultOf(() => Driver.MemsetD8Async((ulong)((long)address + offset), 0, bytes, 0));
    }

    [Fact]
    public void Use_after_free_is_found_at_the_call()
    {
        var address = _device.Device(16);
        TestDevice.Ok(Driver.MemFree(address));
        Assert.Contains("freed by MemFree", _device.FaultOf(() => Driver.MemsetD8Async(address, 0, 16, 0)));
    }

    [Fact]
    public void Freeing_memory_that_waiting_work_uses_is_found_when_it_runs()
    {
        var address = _device.Device(16);
        TestDevice.Ok(Driver.MemsetD8Async(address, 0, 16, 0));
        TestDevice.Ok(Driver.MemFree(address));
        Assert.Contains("freed by MemFree", _device.FaultOf(() => Driver.CtxSynchronize()));
    }

    [Fact]
    public void Freed_addresses_are_not_given_again()
    {
        var first = _device.Device(16);
        TestDevice.Ok(Driver.MemFree(first));
        Assert.NotEqual(first, _device.Device(16));
    }

    [Fact]
    public void Double_free_is_found()
    {
        var address = _device.Device(16);
        TestDevice.Ok(Driver.MemFree(address));
        _device.FaultOf(() => Driver.MemFree(address));
    }

    [Fact]
    public void Double_free_on_a_stream_is_found_before_the_first_has_run()
    {
        TestDevice.Ok(Driver.MemAllocAsync(out var address, 16, 0));
        TestDevice.Ok(Driver.MemFreeAsync(address, 0));
        _device.FaultOf(() => Driver.MemFreeAsync(address, 0));
    }

    [Fact]
    public void Freeing_the_middle_of_an_allocation_is_found() => _device.FaultOf(() => Driver.MemFree(_device.Device(1024) + 256));

    [Fact]
    public void Double_free_of_host_memory_is_found()
    {
        var address = _device.Host(16);
        TestDevice.Ok(Driver.MemFreeHost(address));
        Assert.Contains("freed by MemFreeHost", _device.FaultOf(() => Driver.MemFreeHost(address)));
    }

    [Fact]
    public unsafe void An_asynchronous_copy_from_ordinary_memory_is_found()
    {
        var address = _device.Device(16);
        var values = new int[4];
        fixed (int* from = values)
        {
            var source = (nint)from;
            Assert.Contains("not page-locked", _device.FaultOf(() => Driver.MemcpyHtoDAsync(address, source, 16, 0)));
        }
    }

    [Fact]
    public void Freeing_host_memory_that_a_waiting_copy_reads_is_found()
    {
        var (address, host) = (_device.Device(16), _device.Host(16));
        TestDevice.Ok(Driver.MemcpyHtoDAsync(address, host, 16, 0));
        TestDevice.Ok(Driver.MemFreeHost(host));
        Assert.Contains("freed by MemFreeHost", _device.FaultOf(() => Driver.CtxSynchronize()));
    }

    [Fact]
    public void Stream_ordered_memory_lives_between_its_allocation_and_its_freeing()
    {
        var stream = _device.Stream();
        TestDevice.Ok(Driver.MemAllocAsync(out var address, 16, stream));
        TestDevice.Ok(Driver.MemsetD8Async(address, 1, 16, stream));
        TestDevice.Ok(Driver.MemFreeAsync(address, stream));
        TestDevice.Ok(Driver.StreamSynchronize(stream));
        _device.FaultOf(() => Driver.MemsetD8Async(address, 1, 16, stream));
    }

    [Fact]
    public void Another_stream_may_use_stream_ordered_memory_only_after_its_allocation()
    {
        var (one, two) = (_device.Stream(), _device.Stream());
        TestDevice.Ok(Driver.MemAllocAsync(out var address, 16, one));
        TestDevice.Ok(Driver.MemsetD8Async(address, 1, 16, two));
        Assert.Contains("not run yet", _device.FaultOf(() => Driver.StreamSynchronize(two)));
    }

    [Fact]
    public void A_stream_ordered_allocation_must_come_before_its_use_even_if_it_happens_to()
    {
        var (one, two, three) = (_device.Stream(), _device.Stream(), _device.Stream());
        TestDevice.Ok(Driver.MemAllocAsync(out var address, 16, one));
        TestDevice.Ok(Driver.MemsetD8Async(address, 1, 16, two));
        _device.Order(one, three);
        TestDevice.Ok(Driver.StreamSynchronize(three));
        Assert.Contains("MemAllocAsync", _device.FaultOf(() => Driver.StreamSynchronize(two)));
    }

    [Fact]
    public void Memory_freed_on_a_stream_is_there_for_the_next_allocation()
    {
        for (var i = 0; i < 3; i++)
        {
            TestDevice.Ok(Driver.MemAllocAsync(out var address, 1 << 19, 0));
            TestDevice.Ok(Driver.MemFreeAsync(address, 0));
        }
        TestDevice.Ok(Driver.MemAllocAsync(out _, 1 << 20, 0));
    }
}
