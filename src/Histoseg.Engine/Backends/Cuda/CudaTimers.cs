using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>Marks in the compute stream, between which the device tells the time.</summary>
internal sealed class CudaTimers : IDisposable
{
    private readonly CudaDevice _device;
    private readonly List<nint> _events = [];
    private int _marked;

    /// <summary>Marks for a number of stretches.</summary>
    public CudaTimers(CudaDevice device, int stretches)
    {
        _device = device;
        try
        {
            for (var i = 0; i <= stretches; i++)
            {
                device.Driver.EventCreate(out var made, 0).Check("cuEventCreate");
                _events.Add(made);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Sets the next mark.</summary>
    public void Mark() => _device.Driver.EventRecord(_events[_marked++], _device.ComputeStream).Check("cuEventRecord");

    /// <summary>Waits for the last mark and tells the seconds of each stretch.</summary>
    /// <param name="seconds">One place for each.</param>
    public void Read(Span<double> seconds)
    {
        _device.Driver.EventSynchronize(_events[^1]).Check("cuEventSynchronize");
        for (var i = 0; i < seconds.Length; i++)
        {
            _device.Driver.EventElapsedTime(out var milliseconds, _events[i], _events[i + 1]).Check("cuEventElapsedTime");
            seconds[i] = milliseconds / 1e3;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var made in _events)
            _device.Driver.EventDestroy(made);
    }
}
