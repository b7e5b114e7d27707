using System.Diagnostics;
using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;

namespace Histoseg.Engine.Profiling;

/// <summary>How long one node of a program takes.</summary>
/// <param name="Node">The node.</param>
/// <param name="Seconds">Median of the runs measured.</param>
/// <param name="Work">The arithmetic and traffic it cannot do without.</param>
public sealed record NodeTime(Node Node, double Seconds, Work Work)
{
    /// <summary>Bytes read and written at least once, in float32.</summary>
    public long Bytes => Work.Elements * sizeof(float);

    /// <summary>Runs a program node by node and times each; the first run is not counted.</summary>
    /// <param name="program">A program of a backend that does not run asynchronously, its inputs filled.</param>
    /// <param name="runs">Runs to take the median of, at least 1.</param>
    /// <param name="cancel">Looked at after each run.</param>
    public static IReadOnlyList<NodeTime> Measure<T>(Program<T> program, int runs, CancellationToken cancel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        var nodes = program.Tape.Nodes;
        var seconds = nodes.Select(_ => new double[runs]).ToArray();
        program.Run();
        for (var run = 0; run < runs; run++)
        {
            cancel.ThrowIfCancellationRequested();
            for (var i = 0; i < nodes.Count; i++)
            {
                var started = Stopwatch.GetTimestamp();
                program.Run(i, i + 1);
                seconds[i][run] = Stopwatch.GetElapsedTime(started).TotalSeconds;
            }
        }
        return [.. nodes.Zip(seconds, (node, times) => new NodeTime(node, Median(times), node.Op.Cost(node)))];
    }

    private static double Median(double[] times)
    {
        Array.Sort(times);
        return (times[(times.Length - 1) / 2] + times[times.Length / 2]) / 2;
    }
}
