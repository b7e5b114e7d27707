using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda;

public sealed partial class SoftwareCudaDriver
{
    // CUDA_ERROR_STREAM_CAPTURE_… codes that no caller tells apart
    private const CudaStatus CaptureMerge = (CudaStatus)902, CaptureUnmatched = (CudaStatus)903, CaptureUnjoined = (CudaStatus)904,
        CaptureIsolation = (CudaStatus)905,
        CaptureImplicit = (CudaStatus)906, CapturedEvent = (CudaStatus)907, CaptureWrongThread = (CudaStatus)908;

    private readonly List<CaptureState> _captures = [];

    /// <inheritdoc/>
    public CudaStatus StreamBeginCapture(nint stream, CudaCaptureMode mode) => Call(nameof(StreamBeginCapture), () =>
    {
        if (StreamOf(nameof(StreamBeginCapture), stream, out var state) is not CudaStatus.Success and var wrong)
            return wrong;
        if (state == _legacy)
            return Fault(CudaStatus.StreamCaptureUnsupported, "StreamBeginCapture: the default stream cannot be captured");
        if (state.Capture is not null)
            return Fault(CudaStatus.InvalidValue, $"StreamBeginCapture: {state.Name} is being captured already");
        if (mode is < CudaCaptureMode.Global or > CudaCaptureMode.Relaxed)
            return Fault(CudaStatus.InvalidValue, $"StreamBeginCapture: there is no mode {(int)mode}");
        state.Capture = new CaptureState(state, mode, Environment.CurrentManagedThreadId);
        _captures.Add(state.Capture);
        return CudaStatus.Success;
    });

    /// <inheritdoc/>
    public CudaStatus StreamEndCapture(nint stream, out nint graph)
    {
        nint made = 0;
        var status = Call(nameof(StreamEndCapture), () =>
        {
            if (StreamOf(nameof(StreamEndCapture), stream, out var state) is not CudaStatus.Success and var wrong)
                return wrong;
            if (state.Capture is not { } capture)
                return Fault(CudaStatus.InvalidValue, $"StreamEndCapture: {state.Name} is not being captured");
            if (capture.Origin != state)
                return Spoil(capture, CaptureUnmatched, $"StreamEndCapture of {state.Name}: the capture began on {capture.Origin.Name}");
            if (capture.Mode != CudaCaptureMode.Relaxed && capture.Thread != Environment.CurrentManagedThreadId)
                return Fault(CaptureWrongThread, "StreamEndCapture on another thread than StreamBeginCapture");
            var unjoined = capture.Unjoined();
            capture.End();
            _captures.Remove(capture);
            if (capture.Spoilt is not null)
                return CudaStatus.StreamCaptureInvalidated;
            if (unjoined is not null)
                return Fault(CaptureUnjoined, $"StreamEndCapture: {state.Name} does not wait for the captured work of {unjoined.Name}");
            made = Handles.Add(new GraphState(capture.Nodes, capture.Streams.Count), "graph");
            return CudaStatus.Success;
        });
        graph = made;
        return status;
    }

    /// <inheritdoc/>
    public CudaStatus GraphInstantiate(out nint executable, nint graph, ulong flags)
    {
        nint made = 0;
        var status = Call(nameof(GraphInstantiate), () =>
        {
            if (!Handles.TryGet<GraphState>(graph, out var state))
                return BadHandle(nameof(GraphInstantiate), graph, "graph");
            if (flags != 0)
                return Fault(CudaStatus.InvalidValue, $"GraphInstantiate: there are no flags {flags}");
            var branches = Enumerable.Range(1, state.Branches - 1).Select(branch => NewStream($"branch {branch} of a graph", blocking: false));
            made = Handles.Add(new GraphExecutable(state, [.. branches], new Timeline()), "executable graph");
            return CudaStatus.Success;
        }, safeInCapture: false);
        executable = made;
        return status;
    }

    /// <inheritdoc/>
    public CudaStatus GraphLaunch(nint executable, nint stream) => Call(nameof(GraphLaunch), () =>
    {
        if (!Handles.TryGet<GraphExecutable>(executable, out var state))
            return BadHandle(nameof(GraphLaunch), executable, "executable graph");
        if (StreamOf(nameof(GraphLaunch), stream, out var on) is not CudaStatus.Success and var wrong)
            return wrong;
        if (on.Capture is { } capture)
            return Spoil(capture, CudaStatus.StreamCaptureUnsupported, $"GraphLaunch on {on.Name} while it is being captured");
        if (on == _legacy && AnyCapture(ofBlockingStream: true) is { } implicitly)
            return Spoil(implicitly, CaptureImplicit, $"GraphLaunch on the default stream while {implicitly.Origin.Name} is being captured");
        Launch(state, on);
        return CudaStatus.Success;
    });

    /// <inheritdoc/>
    public CudaStatus GraphExecDestroy(nint executable) => Call(nameof(GraphExecDestroy), () =>
        Handles.Remove<GraphExecutable>(executable) ? CudaStatus.Success : BadHandle(nameof(GraphExecDestroy), executable, "executable graph"));

    /// <inheritdoc/>
    public CudaStatus GraphDestroy(nint graph) => Call(nameof(GraphDestroy), () =>
        Handles.Remove<GraphState>(graph) ? CudaStatus.Success : BadHandle(nameof(GraphDestroy), graph, "graph"));

    private void Launch(GraphExecutable executable, StreamState on)
    {
        on.Now.Join(executable.LastEnd);
        var begin = Issue(on, null).Before;
        foreach (var branch in executable.Branches)
            branch.Now.Join(begin);
        var ends = new Timeline[executable.Graph.Nodes.Count];
        for (var i = 0; i < ends.Length; i++)
        {
            var node = executable.Graph.Nodes[i];
            var stream = node.Branch == 0 ? on : executable.Branches[node.Branch - 1];
            foreach (var before in node.Dependencies)
                stream.Now.Join(ends[before]);
            ends[i] = Issue(stream, node.Work).Before;
        }
        foreach (var branch in executable.Branches)
            on.Now.Join(branch.Now);
        executable.LastEnd.Join(Issue(on, null).Before);
    }

    private CudaStatus JoinCapture(CaptureState capture, StreamState stream, EventState recorded)
    {
        if (!_captures.Contains(capture))
            return Fault(CapturedEvent, $"StreamWaitEvent of {stream.Name} for an event that was recorded in a capture that has ended");
        if (stream.Capture is not null && stream.Capture != capture)
            return Spoil(capture, CaptureMerge, $"StreamWaitEvent of {stream.Name} would join two captures");
        if (stream == _legacy)
            return Spoil(capture, CaptureImplicit, "StreamWaitEvent would draw the default stream into a capture");
        if (stream.Capture is null)
        {
            stream.Capture = capture;
            if (!capture.Streams.Contains(stream))
                capture.Streams.Add(stream);
        }
        stream.Frontier = [.. stream.Frontier.Union(recorded.Nodes)];
        return CudaStatus.Success;
    }

    private CaptureState? AnyCapture(bool ofBlockingStream = false) =>
        _captures.FirstOrDefault(capture => !ofBlockingStream || capture.Streams.Any(stream => stream.Blocking));

    private CaptureState? ForbiddingCapture() => _captures.FirstOrDefault(capture => capture.Mode == CudaCaptureMode.Global
        || (capture.Mode == CudaCaptureMode.ThreadLocal && capture.Thread == Environment.CurrentManagedThreadId));

    private CudaStatus Spoil(CaptureState capture, CudaStatus status, string text)
    {
        capture.Spoilt ??= text;
        return Fault(status, text);
    }
}
