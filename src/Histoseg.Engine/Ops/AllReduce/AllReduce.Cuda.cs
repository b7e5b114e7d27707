using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    // By the first node of a bucket, what is recorded when it has come back.
    private readonly Dictionary<Node, OwnedEvent> _buckets = [];

    public Kernel AllReduceStart(AllReduceStart op, Node node)
    {
        var keep = Same(node);
        var nodes = Ops.AllReduceStart.Bucket(_tape, node);
        // The last sends, when all are where they travel from.
        if (_device.Ranks is not { } ranks || node != nodes[^1])
            return keep;
        CudaTensor[] values = [.. nodes.Select(one => Tensor(one.Outputs[0]))];
        var (ready, back) = (Event(), Event());
        _buckets[nodes[0]] = back;
        Action travel = () =>
        {
            foreach (var value in values)
                ranks.Reduce(value.Address, value.Address, value.Count, NcclOperation.Avg, ranks.Stream);
        };
        return () =>
        {
            keep();
            ready.Record(_device.ComputeStream);
            ready.HoldUp(ranks.Stream);
            ranks.Together(travel);
            back.Record(ranks.Stream);
        };
    }

    public Kernel AllReduceFinish(AllReduceFinish op, Node node)
    {
        var same = Same(node);
        if (_device.Ranks is null || node.Inputs[0].Producer is not { Op: Ops.AllReduceStart } start || !_buckets.TryGetValue(start, out var back))
            return same;
        return () =>
        {
            back.HoldUp(_device.ComputeStream);
            same();
        };
    }

    private Kernel Same(Node node)
    {
        var (x, y) = (Tensor(node.Inputs[0]), Tensor(node.Outputs[0]));
        return x.Address == y.Address ? () => { }
        : () => _device.Driver.MemcpyDtoDAsync(y.Address, x.Address, (nuint)x.Bytes, _device.ComputeStream).Check("cuMemcpyDtoDAsync");
    }

    private OwnedEvent Event()
    {
        var made = new OwnedEvent(_device);
        _owned.Add(made);
        return made;
    }

    private sealed class OwnedEvent(CudaDevice device) : IDisposable
    {
        private readonly nint _event = device.CreateEvent();

        public void Record(nint stream) => device.Driver.EventRecord(_event, stream).Check("cuEventRecord");

        public void HoldUp(nint stream) => device.Driver.StreamWaitEvent(stream, _event, 0).Check("cuStreamWaitEvent");

        public void Dispose() => device.Driver.EventDestroy(_event);
    }
}
