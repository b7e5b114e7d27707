using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Tests;

public sealed class StreamTests : IDisposable
{
    private readonly TestDevice _device = new();

    private SoftwareCudaDriver Driver => _device.Driver;

    public void Dispose() => _device.Dispose();

    [Fact]
    public void A_result_read_without_synchronisation_is_not_there()
    {
        var (address, host, stream) = (_device.Upload(5), _device.Host(4), _device.Stream());
        TestDevice.Bytes(host, 4).Clear();
        TestDevice.Ok(Driver.MemcpyDtoHAsync(host, address, 4, stream));
        Assert.Equal([0xFF, 0xFF, 0xFF, 0xFF], TestDevice.Bytes(host, 4).ToArray());
        TestDevice.Ok(Driver.StreamSynchronize(stream));
        Assert.Equal([5, 0, 0, 0], TestDevice.Bytes(host, 4).ToArray());
    }

    [Fact]
    public void Synchronising_the_wrong_stream_runs_nothing()
    {
        var (address, host, stream, other) = (_device.Upload(5), _device.Host(4), _device.Stream(), _device.Stream());
        TestDevice.Ok(Driver.MemcpyDtoHAsync(host, address, 4, stream));
        TestDevice.Ok(Driver.StreamSynchronize(other));
        Assert.Equal(0xFF, TestDevice.Bytes(host, 4)[0]);
    }

    [Fact]
    public void A_page_locked_buffer_overwritten_too_early_shows()
    {
        var (address, host, stream) = (_device.Device(1), _device.Host(1), _device.Stream());
        TestDevice.Bytes(host, 1)[0] = 1;
        TestDevice.Ok(Driver.MemcpyHtoDAsync(address, host, 1, stream));
        TestDevice.Bytes(host, 1)[0] = 2;
        Assert.Equal([2], _device.Download<byte>(address, 1));
    }

    [Fact]
    public void A_buffer_that_an_earlier_copy_still_reads_keeps_its_bytes_until_it_is_overwritten_in_order()
    {
        var (address, host, stream) = (_device.Device(2), _device.Host(1), _device.Stream());
        TestDevice.Bytes(host, 1)[0] = 9;
        TestDevice.Ok(Driver.MemsetD8Async(address, 3, 2, stream));
        TestDevice.Ok(Driver.MemcpyHtoDAsync(address, host, 1, stream));
        TestDevice.Ok(Driver.MemcpyDtoHAsync(host, address + 1, 1, stream));
        Assert.Equal([9, 3], _device.Download<byte>(address, 2));
        Assert.Equal(3, TestDevice.Bytes(host, 1)[0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Writing_what_another_stream_reads_or_writes_without_an_event_is_found(bool firstWrites)
    {
        var (address, host, one, two) = (_device.Upload(5), _device.Host(4), _device.Stream(), _device.Stream());
        TestDevice.Ok(firstWrites ? Driver.MemsetD8Async(address, 1, 4, one) : Driver.MemcpyDtoHAsync(host, address, 4, one));
        TestDevice.Ok(Driver.MemsetD8Async(address, 2, 4, two));
        Assert.Contains("nothing to order", _device.FaultOf(() => Driver.CtxSynchronize()));
    }

    [Fact]
    public void Reading_what_another_stream_writes_without_an_event_is_found_in_page_locked_memory_too()
    {
        var (from, to, host, one, two) = (_device.Upload(5), _device.Device(4), _device.Host(4), _device.Stream(), _device.Stream());
        TestDevice.Ok(Driver.MemcpyDtoHAsync(host, from, 4, one));
        TestDevice.Ok(Driver.MemcpyHtoDAsync(to, host, 4, two));
        Assert.Contains("host allocation", _device.FaultOf(() => Driver.CtxSynchronize()));
    }

    [Fact]
    public void An_event_orders_two_streams_and_pulls_the_first_along()
    {
        var (address, one, two) = (_device.Device(4), _device.Stream(), _device.Stream());
        TestDevice.Ok(Driver.MemsetD8Async(address, 1, 4, one));
        _device.Order(one, two);
        TestDevice.Ok(Driver.MemsetD8Async(address, 2, 2, two));
        TestDevice.Ok(Driver.StreamSynchronize(two));
        Assert.Equal([2, 2, 1, 1], _device.Download<byte>(address, 4));
    }

    [Fact]
    public void Work_after_the_recording_is_not_waited_for()
    {
        var (address, one, two) = (_device.Device(4), _device.Stream(), _device.Stream());
        _device.Order(one, two);
        TestDevice.Ok(Driver.MemsetD8Async(address, 1, 4, one));
        TestDevice.Ok(Driver.MemsetD8Async(address, 2, 4, two));
        _device.FaultOf(() => Driver.CtxSynchronize());
    }

    [Fact]
    public void A_synchronisation_of_the_host_orders_what_comes_after_it()
    {
        var (address, one, two) = (_device.Device(4), _device.Stream(), _device.Stream());
        TestDevice.Ok(Driver.MemsetD8Async(address, 1, 4, one));
        TestDevice.Ok(Driver.StreamSynchronize(one));
        TestDevice.Ok(Driver.MemsetD8Async(address, 2, 4, two));
        TestDevice.Ok(Driver.CtxSynchronize());
    }

    [Fact]
    public void Neighbouring_bytes_and_readers_of_the_same_bytes_need_no_order()
    {
        var (address, host, one, two) = (_device.Upload(5, 6, 7), _device.Host(8), _device.Stream(), _device.Stream());
        TestDevice.Ok(Driver.MemcpyDtoHAsync(host, address, 4, one));
        TestDevice.Ok(Driver.MemcpyDtoHAsync(host + 4, address, 4, two));
        TestDevice.Ok(Driver.MemsetD8Async(address + 4, 1, 4, one));
        TestDevice.Ok(Driver.MemsetD8Async(address + 8, 1, 4, two));
        TestDevice.Ok(Driver.CtxSynchronize());
    }

    [Fact]
    public void The_default_stream_is_ordered_with_blocking_streams_only()
    {
        var (address, blocking) = (_device.Device(4), _device.Stream(blocking: true));
        TestDevice.Ok(Driver.MemsetD8Async(address, 1, 4, blocking));
        TestDevice.Ok(Driver.MemsetD8Async(address, 2, 4, 0));
        TestDevice.Ok(Driver.MemsetD8Async(address, 3, 4, blocking));
        TestDevice.Ok(Driver.CtxSynchronize());
        var free = _device.Stream();
        TestDevice.Ok(Driver.MemsetD8Async(address, 4, 4, 0));
        TestDevice.Ok(Driver.MemsetD8Async(address, 5, 4, free));
        _device.FaultOf(() => Driver.CtxSynchronize());
    }

    [Fact]
    public void Independent_streams_run_in_an_order_drawn_from_the_seed()
    {
        var orders = Enumerable.Range(0, 20).Select(seed => string.Join(',', OrderOf(seed))).ToList();
        Assert.True(orders.Distinct().Count() > 5);
        Assert.Equal(orders[3], string.Join(',', OrderOf(3)));
    }

    [Fact]
    public void Threads_may_use_streams_of_their_own_at_once()
    {
        var results = new byte[4];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() =>
        {
            TestDevice.Ok(Driver.CtxSetCurrent(_device.Context));
            TestDevice.Ok(Driver.StreamCreate(out var stream, 1));
            TestDevice.Ok(Driver.MemAlloc(out var address, 1));
            TestDevice.Ok(Driver.MemHostAlloc(out var host, 1, 0));
            for (var round = 0; round < 200; round++)
            {
                TestDevice.Ok(Driver.MemsetD8Async(address, (byte)(round + i), 1, stream));
                TestDevice.Ok(Driver.MemcpyDtoHAsync(host, address, 1, stream));
                TestDevice.Ok(Driver.StreamSynchronize(stream));
                Assert.Equal((byte)(round + i), TestDevice.Bytes(host, 1)[0]);
            }
            results[i] = TestDevice.Bytes(host, 1)[0];
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Equal([199, 200, 201, 202], results);
    }

    [Fact]
    public void Elapsed_time_is_known_only_after_both_events_and_grows_with_the_work()
    {
        var (address, stream) = (_device.Device(1 << 20), _device.Stream());
        float Time(uint bytes)
        {
            var (start, end) = (_device.Event(), _device.Event());
            TestDevice.Ok(Driver.EventRecord(start, stream));
            TestDevice.Ok(Driver.MemsetD8Async(address, 0, bytes, stream));
            TestDevice.Ok(Driver.EventRecord(end, stream));
            Assert.Equal(CudaStatus.NotReady, Driver.EventElapsedTime(out _, start, end));
            TestDevice.Ok(Driver.EventSynchronize(end));
            TestDevice.Ok(Driver.EventElapsedTime(out var milliseconds, start, end));
            return milliseconds;
        }
        var small = Time(16);
        Assert.True(small > 0);
        Assert.True(Time(1 << 20) > small);
        Assert.Equal(small, Time(16), 1e-4f);
    }

    [Fact]
    public void Elapsed_time_of_an_event_without_timing_is_found()
    {
        var (start, end) = (_device.Event(flags: 2), _device.Event());
        TestDevice.Ok(Driver.EventRecord(start, 0));
        TestDevice.Ok(Driver.EventRecord(end, 0));
        TestDevice.Ok(Driver.CtxSynchronize());
        _device.FaultOf(() => Driver.EventElapsedTime(out _, start, end));
    }

    /// <summary>In which order four streams filled one byte each, seen by the copy of all four that a fifth stream makes without waiting for them.</summary>
    private static List<byte> OrderOf(int seed)
    {
        using var device = new TestDevice(new SoftwareCudaOptions { Seed = seed, ThrowOnFault = false });
        var address = device.Upload<byte>(0, 0, 0, 0);
        var copy = device.Device(16);
        for (var i = 0; i < 4; i++)
        {
            var stream = device.Stream();
            TestDevice.Ok(device.Driver.MemsetD8Async(address + (ulong)i, 1, 1, stream));
            TestDevice.Ok(device.Driver.MemcpyDtoDAsync(copy + 4 * (ulong)i, address, 4, stream));
        }
        device.Driver.CtxSynchronize();
        return [.. device.Download<byte>(copy, 16)];
    }
}
