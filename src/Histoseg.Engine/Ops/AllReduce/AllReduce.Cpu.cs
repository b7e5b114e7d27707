using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    private readonly Dictionary<Node, Bucket> _buckets = [];

    /// <summary>Values that travel together, copied one after another: what is on its way is nobody else's memory.</summary>
    private sealed class Bucket
    {
        private readonly T* _numbers;
        private readonly int _count;

        public Bucket(CpuMemory memory, IReadOnlyList<Node> nodes)
        {
            _count = checked((int)nodes.Sum(node => node.Inputs[0].Shape.Count));
            _numbers = (T*)memory.Keep((long)_count * sizeof(T));
            Call = new(group => RankQueue.Sum(group, Numbers));
        }

        public Span<T> Numbers => new(_numbers, _count);

        public RankCall Call { get; }
    }

    public Kernel AllReduceStart(AllReduceStart op, Node node)
    {
        var keep = Same(node);
        var nodes = Ops.AllReduceStart.Bucket(_memory.Tape, node);
        if (_ranks is not { } ranks || nodes[0] != node)
            return keep;
        Buffer<T>[] values = [.. nodes.Select(one => Real(one.Inputs[0]))];
        var bucket = _buckets[node] = new(_memory, nodes);
        return () =>
        {
            var at = 0;
            foreach (var value in values)
            {
                value.Span.CopyTo(bucket.Numbers[at..]);
                at += value.Length;
            }
            ranks.Post(bucket.Call);
            keep();
        };
    }

    public Kernel AllReduceFinish(AllReduceFinish op, Node node)
    {
        if (_ranks is not { } ranks || node.Inputs[0].Producer is not { Op: Ops.AllReduceStart } start)
            return Same(node);
        var nodes = Ops.AllReduceStart.Bucket(_memory.Tape, start);
        var bucket = _buckets[nodes[0]];
        var (first, mean, share) = ((int)nodes.TakeWhile(other => other != start).Sum(other => other.Inputs[0].Shape.Count), Real(node.Outputs[0]),
            Number(1.0 / ranks.Count));
        return () =>
        {
            ranks.Wait(bucket.Call);
            Scale(bucket.Numbers.Slice(first, mean.Length), share, mean.Span);
        };
    }

    private Kernel Same(Node node)
    {
        var (x, y) = (Real(node.Inputs[0]), Real(node.Outputs[0]));
        return x.Data == y.Data ? () => { } : () => x.Span.CopyTo(y.Span);
    }

    private static void Scale(Span<T> x, T factor, Span<T> y)
    {
        var i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
            (factor * new Vector<T>(x[i..])).CopyTo(y[i..]);
        for (; i < x.Length; i++)
            y[i] = factor * x[i];
    }
}
