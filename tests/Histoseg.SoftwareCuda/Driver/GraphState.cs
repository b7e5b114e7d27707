using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda;

/// <summary>Work recorded by a capture.</summary>
/// <param name="Work">What to do.</param>
/// <param name="Dependencies">Numbers of the nodes before it.</param>
/// <param name="Branch">Which of the capture's streams it was given to.</param>
internal sealed record GraphNode(Work Work, int[] Dependencies, int Branch);

/// <summary>A capture under way.</summary>
internal sealed class CaptureState(StreamState origin, CudaCaptureMode mode, int thread)
{
    public StreamState Origin { get; } = origin;

    public CudaCaptureMode Mode { get; } = mode;

    public int Thread { get; } = thread;

    public List<GraphNode> Nodes { get; } = [];

    /// <summary>The streams taking part; a stream's place is its branch.</summary>
    public List<StreamState> Streams { get; } = [origin];

    /// <summary>Why the capture can no longer succeed.</summary>
    public string? Spoilt { get; set; }

    public void Add(StreamState stream, Work work)
    {
        Nodes.Add(new GraphNode(work, [.. stream.Frontier], Streams.IndexOf(stream)));
        stream.Frontier = [Nodes.Count - 1];
    }

    /// <summary>A stream whose captured work does not lead back to the origin, or null.</summary>
    public StreamState? Unjoined()
    {
        var reached = new bool[Nodes.Count];
        var open = new Stack<int>(Origin.Frontier);
        while (open.TryPop(out var node))
        {
            if (reached[node])
                continue;
            reached[node] = true;
            foreach (var before in Nodes[node].Dependencies)
                open.Push(before);
        }
        return Streams.FirstOrDefault(stream => stream.Frontier.Any(node => !reached[node]));
    }

    /// <summary>Sends the streams back to ordinary work.</summary>
    public void End()
    {
        foreach (var stream in Streams)
            (stream.Capture, stream.Frontier) = (null, []);
    }
}

/// <summary>A captured graph.</summary>
internal sealed record GraphState(IReadOnlyList<GraphNode> Nodes, int Branches);

/// <summary>A graph that can be launched.</summary>
/// <param name="Graph">What it does.</param>
/// <param name="Branches">A stream of its own for each branch but the first, which is the stream it is launched to.</param>
/// <param name="LastEnd">End of its last launch: launches of one graph never overlap.</param>
internal sealed record GraphExecutable(GraphState Graph, IReadOnlyList<StreamState> Branches, Timeline LastEnd);
