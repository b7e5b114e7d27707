using Histoseg.Cuda;
using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>
/// The way of one input to the GPU: two page-locked buffers in turn, a device buffer the copy stream fills while the last
/// run still computes, and the input itself.
/// </summary>
internal sealed class InputSlot : IDisposable
{
    private readonly CudaDevice _device;
    private readonly CudaTensor _input;
    private readonly ulong _landing;
    private readonly PinnedBuffer[] _pinned;
    private readonly nint[] _arrived;
    private readonly nint _taken;
    private int _turn;

    public InputSlot(CudaDevice device, CudaMemory memory, Value input)
    {
        (_device, _input) = (device, memory[input]);
        _landing = memory.Allocate(_input.Bytes, fill: 0xFF);
        _pinned = [new(device, checked((int)_input.Bytes)), new(device, checked((int)_input.Bytes))];
        (_arrived, _taken) = ([device.CreateEvent(), device.CreateEvent()], device.CreateEvent());
        // The poison of the landing buffer was written on the compute stream.
        device.Driver.EventRecord(_taken, device.ComputeStream).Check("cuEventRecord");
    }

    /// <summary>Whether something was sent that no run has taken yet.</summary>
    public bool IsPending { get; private set; }

    /// <summary>Sends new contents: <paramref name="fill"/> writes them into page-locked memory, the copy stream takes it from there.</summary>
    public void Send<T>(ReadOnlySpan<T> numbers, FillAction<T> fill)
    {
        var driver = _device.Driver;
        _turn ^= 1;
        driver.EventSynchronize(_arrived[_turn]).Check("cuEventSynchronize");
        fill(numbers, _pinned[_turn].Bytes);
        driver.StreamWaitEvent(_device.CopyStream, _taken, 0).Check("cuStreamWaitEvent");
        driver.MemcpyHtoDAsync(_landing, _pinned[_turn].Address, (nuint)_input.Bytes, _device.CopyStream).Check("cuMemcpyHtoDAsync");
        driver.EventRecord(_arrived[_turn], _device.CopyStream).Check("cuEventRecord");
        IsPending = true;
    }

    /// <summary>Makes the compute stream wait for what was sent and move it into the input.</summary>
    public void Take()
    {
        var driver = _device.Driver;
        driver.StreamWaitEvent(_device.ComputeStream, _arrived[_turn], 0).Check("cuStreamWaitEvent");
        driver.MemcpyDtoDAsync(_input.Address, _landing, (nuint)_input.Bytes, _device.ComputeStream).Check("cuMemcpyDtoDAsync");
        driver.EventRecord(_taken, _device.ComputeStream).Check("cuEventRecord");
        IsPending = false;
    }

    public void Dispose()
    {
        foreach (var buffer in _pinned)
            buffer.Dispose();
        foreach (var arrived in _arrived)
            _device.Driver.EventDestroy(arrived);
        _device.Driver.EventDestroy(_taken);
    }
}

/// <summary>Writes numbers as bytes of the device's element type.</summary>
internal delegate void FillAction<T>(ReadOnlySpan<T> numbers, Span<byte> bytes);
