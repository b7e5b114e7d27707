using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>A captured sequence of launches that replays with one call.</summary>
internal sealed class CudaGraph : IDisposable
{
    private readonly CudaDevice _device;
    private readonly nint _executable;

    private CudaGraph(CudaDevice device, nint executable) => (_device, _executable) = (device, executable);

    /// <summary>Captures what <paramref name="work"/> launches on the compute stream; nothing of it runs yet.</summary>
    public static CudaGraph Capture(CudaDevice device, Action work)
    {
        var driver = device.Driver;
        driver.StreamBeginCapture(device.ComputeStream, CudaCaptureMode.ThreadLocal).Check("cuStreamBeginCapture");
        nint graph;
        try
        {
            work();
        }
        catch
        {
            if (driver.StreamEndCapture(device.ComputeStream, out graph) == CudaStatus.Success)
                driver.GraphDestroy(graph);
            throw;
        }
        driver.StreamEndCapture(device.ComputeStream, out graph).Check("cuStreamEndCapture");
        var status = driver.GraphInstantiate(out var executable, graph, 0);
        driver.GraphDestroy(graph);
        status.Check("cuGraphInstantiateWithFlags");
        return new(device, executable);
    }

    public void Launch() => _device.Driver.GraphLaunch(_executable, _device.ComputeStream).Check("cuGraphLaunch");

    public void Dispose() => _device.Driver.GraphExecDestroy(_executable);
}
