using System.Numerics;
using Histoseg.Engine.Backends;

namespace Histoseg.Engine.Profiling;

/// <summary>How long a program takes, as a whole and node by node.</summary>
/// <param name="Seconds">Median time of whole runs.</param>
/// <param name="Nodes">Each node's median, in order of execution; run alone, a node pays for its own start, so that their sum is a little more.</param>
public sealed record ProgramTimes(double Seconds, IReadOnlyList<NodeTime> Nodes)
{
    /// <summary>Times whole runs and the nodes of as many others in turns, after two runs that are not counted.</summary>
    /// <param name="program">The program, its inputs filled.</param>
    /// <param name="runs">Runs to take the median of, at least 1.</param>
    /// <param name="cancel">Looked at after each run.</param>
    /// <exception cref="OperationCanceledException">Stopped by <paramref name="cancel"/>.</exception>
    public static ProgramTimes Measure<T>(Program<T> program, int runs, CancellationToken cancel) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        var nodes = program.Tape.Nodes;
        var (whole, once) = (new double[runs], new double[nodes.Count]);
        var alone = nodes.Select(_ => new double[runs]).ToArray();
        // A GPU's second run is the first that is replayed whole.
        program.Run();
        program.Run();
        for (var run = 0; run < runs; run++)
        {
            cancel.ThrowIfCancellationRequested();
            whole[run] = program.Time();
            cancel.ThrowIfCancellationRequested();
            program.Time(once);
            for (var i = 0; i < nodes.Count; i++)
                alone[i][run] = once[i];
        }
        return new(Median(whole), [.. nodes.Zip(alone, (node, times) => new NodeTime(node, Median(times), node.Op.Cost(node)))]);
    }

    /// <summary>The middle of some times, of an even number the mean of the middle two; sorts them.</summary>
    public static double Median(double[] times)
    {
        Array.Sort(times);
        return (times[(times.Length - 1) / 2] + times[times.Length / 2]) / 2;
    }
}
