using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Tests;

public sealed class HandleTests : IDisposable
{
    private readonly TestDevice _device = new();

    private SoftwareCudaDriver Driver => _device.Driver;

    public void Dispose() => _device.Dispose();

    [Fact]
    public void The_device_says_what_it_is()
    {
        TestDevice.Ok(Driver.DeviceGetCount(out var count));
        TestDevice.Ok(Driver.DeviceGet(out var device, 0));
        TestDevice.Ok(Driver.DeviceGetName(out var name, device));
        TestDevice.Ok(Driver.DriverGetVersion(out var version));
        TestDevice.Ok(Driver.DeviceGetAttribute(out var major, CudaDeviceAttribute.ComputeCapabilityMajor, device));
        TestDevice.Ok(Driver.DeviceGetAttribute(out var shared, CudaDeviceAttribute.MaxSharedMemoryPerBlockOptin, device));
        Assert.Equal((1, "Software CUDA device", 12040, 8, 163 << 10), (count, name, version, major, shared));
        Assert.Equal(CudaStatus.InvalidDevice, Driver.DeviceGet(out _, 1));
    }

    [Fact]
    public void Nothing_works_before_initialisation()
    {
        using var driver = new SoftwareCudaDriver(new SoftwareCudaOptions { ThrowOnFault = false });
        Assert.Equal(CudaStatus.NotInitialized, driver.DeviceGetCount(out _));
    }

    [Fact]
    public void A_thread_without_the_context_is_found()
    {
        var status = CudaStatus.Success;
        using var device = new TestDevice(new SoftwareCudaOptions { ThrowOnFault = false });
        var thread = new Thread(() => status = device.Driver.MemAlloc(out _, 16));
        thread.Start();
        thread.Join();
        Assert.Equal(CudaStatus.InvalidContext, status);
    }

    [Fact]
    public void A_destroyed_stream_is_found() => FindsDestroyed(_device.Stream(), Driver.StreamDestroy, stream => Driver.StreamSynchronize(stream), "stream");

    [Fact]
    public void A_destroyed_event_is_found() => FindsDestroyed(_device.Event(), Driver.EventDestroy, made => Driver.EventRecord(made, 0), "event");

    [Fact]
    public void A_handle_of_another_kind_is_found() =>
        Assert.Contains("is a stream, not a event", _device.FaultOf(() => Driver.EventDestroy(_device.Stream())));

    [Fact]
    public void A_handle_of_another_device_is_found()
    {
        using var other = new TestDevice();
        var stream = other.Stream();
        Assert.Contains("of this device", _device.FaultOf(() => Driver.StreamSynchronize(stream)));
    }

    [Fact]
    public void Each_thing_not_given_back_is_named()
    {
        _device.Device(16);
        _device.Host(32);
        _device.Stream();
        _device.Event();
        var fault = Assert.Throws<SoftwareCudaFault>(Driver.AssertNothingLeaked).Message;
        Assert.All(["device allocation 1 of 16 bytes", "host allocation 2 of 32 bytes", "stream 0x", "event 0x", "the primary context"],
            part => Assert.Contains(part, fault));
    }

    [Fact]
    public void Giving_everything_back_is_no_leak()
    {
        var (stream, made) = (_device.Stream(), _device.Event());
        _device.Upload(1f);
        TestDevice.Ok(Driver.MemAllocAsync(out var address, 16, stream));
        TestDevice.Ok(Driver.MemFreeAsync(address, stream));
        _device.FreeMemory();
        TestDevice.Ok(Driver.StreamDestroy(stream));
        TestDevice.Ok(Driver.EventDestroy(made));
        Assert.Single(Driver.Leaks());
        TestDevice.Ok(Driver.DevicePrimaryCtxRelease(0));
        Driver.AssertNothingLeaked();
    }

    [Fact]
    public void A_call_fails_when_told_to()
    {
        Driver.FailNext(nameof(ICudaDriver.MemAlloc), CudaStatus.OutOfMemory, after: 1);
        _device.Device(16);
        Assert.Equal(CudaStatus.OutOfMemory, Driver.MemAlloc(out _, 16));
        _device.Device(16);
        Assert.Throws<ArgumentException>(() => Driver.FailNext("cuMemAlloc", CudaStatus.OutOfMemory));
    }

    [Fact]
    public void A_sticky_failure_breaks_every_later_call_but_what_is_given_back_is_no_leak()
    {
        var (stream, address) = (_device.Stream(), _device.Device(16));
        Driver.FailNext(nameof(ICudaDriver.StreamSynchronize), CudaStatus.IllegalAddress);
        Assert.Equal(CudaStatus.IllegalAddress, Driver.StreamSynchronize(stream));
        Assert.Equal(CudaStatus.IllegalAddress, Driver.MemAlloc(out _, 16));
        Assert.Equal(CudaStatus.IllegalAddress, Driver.StreamDestroy(stream));
        Assert.Equal(CudaStatus.IllegalAddress, Driver.MemFree(address));
        Assert.Equal(CudaStatus.IllegalAddress, Driver.DevicePrimaryCtxRelease(0));
        Driver.AssertNothingLeaked();
    }

    [Fact]
    public void A_fault_while_running_is_sticky_where_faults_do_not_throw()
    {
        using var device = new TestDevice(new SoftwareCudaOptions { ThrowOnFault = false });
        var address = device.Device(16);
        TestDevice.Ok(device.Driver.MemsetD8Async(address, 0, 16, 0));
        TestDevice.Ok(device.Driver.MemFree(address));
        Assert.Equal(CudaStatus.IllegalAddress, device.Driver.CtxSynchronize());
        Assert.Equal(CudaStatus.IllegalAddress, device.Driver.MemAlloc(out _, 16));
        Assert.Contains("freed by MemFree", Assert.Single(device.Driver.Faults));
    }

    private void FindsDestroyed(nint handle, Func<nint, CudaStatus> destroy, Action<nint> use, string kind)
    {
        TestDevice.Ok(destroy(handle));
        Assert.Contains($"is a {kind} that was destroyed before", _device.FaultOf(() => use(handle)));
        _device.FaultOf(() => destroy(handle));
    }
}
