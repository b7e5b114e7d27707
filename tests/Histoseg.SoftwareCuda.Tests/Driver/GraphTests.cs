using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Tests;

public sealed class GraphTests : IDisposable
{
    private readonly TestDevice _device = new();
    private readonly nint _stream;

    public GraphTests() => _stream = _device.Stream();

    private SoftwareCudaDriver Driver => _device.Driver;

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Captured_work_runs_at_each_launch_and_not_before()
    {
        var (address, host) = (_device.Upload<byte>(0, 0), _device.Host(1));
        TestDevice.Bytes(host, 1)[0] = 1;
        var graph = Capture(() => TestDevice.Ok(Driver.MemcpyHtoDAsync(address, host, 1, _stream)));
        Assert.Equal([0, 0], _device.Download<byte>(address, 2));
        for (byte value = 2; value < 4; value++)
        {
            TestDevice.Bytes(host, 1)[0] = value;
            TestDevice.Ok(Driver.GraphLaunch(graph, _stream));
            Assert.Equal([value, 0], _device.Download<byte>(address, 2));
        }
    }

    [Fact]
    public void A_fork_that_is_joined_becomes_part_of_the_graph()
    {
        var (address, copy, side) = (_device.Device(4), _device.Device(8), _device.Stream());
        var graph = Capture(() =>
        {
            TestDevice.Ok(Driver.MemsetD8Async(address, 1, 4, _stream));
            _device.Order(_stream, side);
            TestDevice.Ok(Driver.MemcpyDtoDAsync(copy, address, 4, side));
            TestDevice.Ok(Driver.MemcpyDtoDAsync(copy + 4, address, 4, _stream));
            _device.Order(side, _stream);
            TestDevice.Ok(Driver.MemsetD8Async(address, 2, 4, _stream));
        });
        for (var i = 0; i < 3; i++)
            TestDevice.Ok(Driver.GraphLaunch(graph, _stream));
        Assert.Equal(Enumerable.Repeat((byte)1, 8), _device.Download<byte>(copy, 8));
        Assert.Equal([2, 2, 2, 2], _device.Download<byte>(address, 4));
    }

    [Fact]
    public void Branches_that_touch_the_same_bytes_are_found()
    {
        var (address, side) = (_device.Device(4), _device.Stream());
        var graph = Capture(() =>
        {
            _device.Order(_stream, side);
            TestDevice.Ok(Driver.MemsetD8Async(address, 1, 4, side));
            TestDevice.Ok(Driver.MemsetD8Async(address, 2, 4, _stream));
            _device.Order(side, _stream);
        });
        TestDevice.Ok(Driver.GraphLaunch(graph, _stream));
        Assert.Contains("branch 1 of a graph", _device.FaultOf(() => Driver.CtxSynchronize()));
    }

    [Fact]
    public void Launches_to_two_streams_without_an_event_are_ordered_by_the_graph_itself()
    {
        var (address, other) = (_device.Device(4), _device.Stream());
        var graph = Capture(() => TestDevice.Ok(Driver.MemsetD8Async(address, 1, 4, _stream)));
        TestDevice.Ok(Driver.GraphLaunch(graph, _stream));
        TestDevice.Ok(Driver.GraphLaunch(graph, other));
        TestDevice.Ok(Driver.CtxSynchronize());
    }

    [Fact]
    public void Synchronising_during_capture_is_found_and_spoils_it() => Spoils(() => Driver.StreamSynchronize(_stream));

    [Fact]
    public void Synchronising_the_context_during_capture_is_found_and_spoils_it() => Spoils(() => Driver.CtxSynchronize());

    [Fact]
    public void Allocating_during_capture_is_found_and_spoils_it() => Spoils(() => Driver.MemAlloc(out _, 16));

    [Fact]
    public void Allocating_on_the_stream_during_capture_is_found_and_spoils_it() => Spoils(() => Driver.MemAllocAsync(out _, 16, _stream));

    [Fact]
    public void Freeing_during_capture_is_found_and_spoils_it()
    {
        var address = _device.Device(16);
        Spoils(() => Driver.MemFree(address));
    }

    [Fact]
    public void Work_on_the_default_stream_during_capture_of_a_blocking_stream_is_found()
    {
        var (address, blocking) = (_device.Device(16), _device.Stream(blocking: true));
        TestDevice.Ok(Driver.StreamBeginCapture(blocking, CudaCaptureMode.ThreadLocal));
        _device.FaultOf(() => Driver.MemsetD8Async(address, 0, 16, 0));
        Assert.Equal(CudaStatus.StreamCaptureInvalidated, Driver.StreamEndCapture(blocking, out _));
    }

    [Fact]
    public void Waiting_in_a_capture_for_an_event_from_outside_is_found()
    {
        var outside = _device.Event();
        TestDevice.Ok(Driver.EventRecord(outside, _device.Stream()));
        Spoils(() => Driver.StreamWaitEvent(_stream, outside, 0));
    }

    [Fact]
    public void Synchronising_with_a_captured_event_is_found()
    {
        var inside = _device.Event();
        Spoils(() =>
        {
            TestDevice.Ok(Driver.EventRecord(inside, _stream));
            Driver.EventSynchronize(inside);
        });
    }

    [Theory]
    [InlineData(CudaCaptureMode.Global, true)]
    [InlineData(CudaCaptureMode.ThreadLocal, false)]
    public void Another_thread_may_allocate_unless_the_capture_is_global(CudaCaptureMode mode, bool refused)
    {
        using var device = new TestDevice(new SoftwareCudaOptions { ThrowOnFault = false });
        TestDevice.Ok(device.Driver.StreamBeginCapture(device.Stream(), mode));
        var status = CudaStatus.Success;
        var thread = new Thread(() =>
        {
            device.Driver.CtxSetCurrent(device.Context);
            status = device.Driver.MemAlloc(out _, 16);
        });
        thread.Start();
        thread.Join();
        Assert.Equal(refused ? CudaStatus.StreamCaptureUnsupported : CudaStatus.Success, status);
    }

    [Fact]
    public void A_fork_that_is_not_joined_is_found()
    {
        var (address, side) = (_device.Device(16), _device.Stream());
        TestDevice.Ok(Driver.StreamBeginCapture(_stream, CudaCaptureMode.ThreadLocal));
        _device.Order(_stream, side);
        TestDevice.Ok(Driver.MemsetD8Async(address, 0, 16, side));
        Assert.Contains("does not wait", _device.FaultOf(() => Driver.StreamEndCapture(_stream, out _)));
        TestDevice.Ok(Driver.StreamSynchronize(side));
    }

    [Fact]
    public void Memory_freed_after_the_capture_is_found_at_the_launch()
    {
        var address = _device.Device(16);
        var graph = Capture(() => TestDevice.Ok(Driver.MemsetD8Async(address, 0, 16, _stream)));
        TestDevice.Ok(Driver.MemFree(address));
        TestDevice.Ok(Driver.GraphLaunch(graph, _stream));
        Assert.Contains("freed by MemFree", _device.FaultOf(() => Driver.StreamSynchronize(_stream)));
    }

    [Fact]
    public void A_graph_may_be_destroyed_once_and_its_executable_lives_on()
    {
        var address = _device.Upload<byte>(0);
        TestDevice.Ok(Driver.StreamBeginCapture(_stream, CudaCaptureMode.ThreadLocal));
        TestDevice.Ok(Driver.MemsetD8Async(address, 1, 1, _stream));
        TestDevice.Ok(Driver.StreamEndCapture(_stream, out var graph));
        TestDevice.Ok(Driver.GraphInstantiate(out var executable, graph, 0));
        TestDevice.Ok(Driver.GraphDestroy(graph));
        TestDevice.Ok(Driver.GraphLaunch(executable, _stream));
        TestDevice.Ok(Driver.GraphExecDestroy(executable));
        Assert.Equal([1], _device.Download<byte>(address, 1));
        _device.FaultOf(() => Driver.GraphDestroy(graph));
        _device.FaultOf(() => Driver.GraphLaunch(executable, _stream));
    }

    private nint Capture(Action work)
    {
        TestDevice.Ok(Driver.StreamBeginCapture(_stream, CudaCaptureMode.ThreadLocal));
        work();
        TestDevice.Ok(Driver.StreamEndCapture(_stream, out var graph));
        TestDevice.Ok(Driver.GraphInstantiate(out var executable, graph, 0));
        TestDevice.Ok(Driver.GraphDestroy(graph));
        return executable;
    }

    private void Spoils(Action act)
    {
        TestDevice.Ok(Driver.StreamBeginCapture(_stream, CudaCaptureMode.ThreadLocal));
        _device.FaultOf(act);
        Assert.Equal(CudaStatus.StreamCaptureInvalidated, Driver.StreamEndCapture(_stream, out var graph));
        Assert.Equal(0, graph);
        TestDevice.Ok(Driver.StreamSynchronize(_stream));
    }
}
