using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda;

public sealed partial class SoftwareCudaDriver
{
    private const uint NonBlocking = 1, DisableTiming = 2;

    /// <inheritdoc/>
    public CudaStatus StreamCreate(out nint stream, uint flags)
    {
        nint made = 0;
        var status = Call(nameof(StreamCreate), () =>
        {
            if (flags > NonBlocking)
                return Fault(CudaStatus.InvalidValue, $"StreamCreate: there are no flags {flags}");
            made = Handles.Add(NewStream($"stream {_streams.Count}", blocking: flags != NonBlocking), "stream");
            return CudaStatus.Success;
        });
        stream = made;
        return status;
    }

    /// <inheritdoc/>
    public CudaStatus StreamDestroy(nint stream) => Call(nameof(StreamDestroy), () =>
    {
        if (!Handles.TryGet<StreamState>(stream, out var state))
            return BadHandle(nameof(StreamDestroy), stream, "stream");
        if (state.Capture is { } capture)
            return Spoil(capture, CudaStatus.StreamCaptureUnsupported, $"StreamDestroy of {state.Name} while it is being captured");
        Handles.Remove<StreamState>(stream);
        return CudaStatus.Success;
    });

    /// <inheritdoc/>
    public CudaStatus StreamSynchronize(nint stream) => Call(nameof(StreamSynchronize), () =>
    {
        if (StreamOf(nameof(StreamSynchronize), stream, out var state) is not CudaStatus.Success and var wrong)
            return wrong;
        if (state.Capture is { } capture)
            return Spoil(capture, CudaStatus.StreamCaptureUnsupported, $"StreamSynchronize of {state.Name} while it is being captured");
        if (state == _legacy && AnyCapture(ofBlockingStream: true) is { } implicitly)
            return Spoil(implicitly, CaptureImplicit, $"StreamSynchronize of the default stream while {implicitly.Origin.Name} is being captured");
        return state == _legacy ? WaitFor(Issue(_legacy, null).Before) : WaitFor(state.Now.Copy());
    });

    /// <inheritdoc/>
    public CudaStatus StreamWaitEvent(nint stream, nint @event, uint flags) => Call(nameof(StreamWaitEvent), () =>
    {
        if (StreamOf(nameof(StreamWaitEvent), stream, out var state) is not CudaStatus.Success and var wrong)
            return wrong;
        if (!Handles.TryGet<EventState>(@event, out var recorded))
            return BadHandle(nameof(StreamWaitEvent), @event, "event");
        if (flags != 0)
            return Fault(CudaStatus.InvalidValue, $"StreamWaitEvent: there are no flags {flags}");
        if (recorded.Capture is { } capture)
            return JoinCapture(capture, state, recorded);
        if (state.Capture is { } isolated && recorded.Recorded is not null)
            return Spoil(isolated, CaptureIsolation, $"StreamWaitEvent of {state.Name}, which is being captured, for an event recorded outside the capture");
        if (recorded.Recorded is { } operation)
            state.Now.Join(operation.Before);
        return CudaStatus.Success;
    });

    /// <inheritdoc/>
    public CudaStatus EventCreate(out nint @event, uint flags)
    {
        nint made = 0;
        var status = Call(nameof(EventCreate), () =>
        {
            if (flags > 7)
                return Fault(CudaStatus.InvalidValue, $"EventCreate: there are no flags {flags}");
            made = Handles.Add(new EventState(timed: (flags & DisableTiming) == 0), "event");
            return CudaStatus.Success;
        });
        @event = made;
        return status;
    }

    /// <inheritdoc/>
    public CudaStatus EventDestroy(nint @event) => Call(nameof(EventDestroy), () =>
        Handles.Remove<EventState>(@event) ? CudaStatus.Success : BadHandle(nameof(EventDestroy), @event, "event"));

    /// <inheritdoc/>
    public CudaStatus EventRecord(nint @event, nint stream) => Call(nameof(EventRecord), () =>
    {
        if (!Handles.TryGet<EventState>(@event, out var state))
            return BadHandle(nameof(EventRecord), @event, "event");
        if (StreamOf(nameof(EventRecord), stream, out var on) is not CudaStatus.Success and var wrong)
            return wrong;
        if (on.Capture is { } capture)
        {
            (state.Capture, state.Nodes) = (capture, [.. on.Frontier]);
            return capture.Spoilt is null ? CudaStatus.Success : CudaStatus.StreamCaptureInvalidated;
        }
        if (on == _legacy && AnyCapture(ofBlockingStream: true) is { } implicitly)
            return Spoil(implicitly, CaptureImplicit, $"EventRecord on the default stream while {implicitly.Origin.Name} is being captured");
        (state.Recorded, state.Capture, state.Nodes) = (Issue(on, null), null, []);
        return CudaStatus.Success;
    });

    /// <inheritdoc/>
    public CudaStatus EventSynchronize(nint @event) => Call(nameof(EventSynchronize), () =>
    {
        if (!Handles.TryGet<EventState>(@event, out var state))
            return BadHandle(nameof(EventSynchronize), @event, "event");
        if (state.Capture is { } capture)
            return Spoil(capture, CapturedEvent, "EventSynchronize of an event that was recorded in a capture");
        return state.Recorded is null ? CudaStatus.Success : WaitFor(state.Recorded.Before);
    });

    /// <inheritdoc/>
    public CudaStatus EventElapsedTime(out float milliseconds, nint start, nint end)
    {
        var elapsed = 0f;
        var status = Call(nameof(EventElapsedTime), () =>
        {
            if (!Handles.TryGet<EventState>(start, out var first))
                return BadHandle(nameof(EventElapsedTime), start, "event");
            if (!Handles.TryGet<EventState>(end, out var second))
                return BadHandle(nameof(EventElapsedTime), end, "event");
            if (first is not { Timed: true, Capture: null, Recorded: { } from } || second is not { Timed: true, Capture: null, Recorded: { } to })
                return Fault(CudaStatus.InvalidHandle, "EventElapsedTime: both events must have been made with timing and recorded outside captures");
            if (from.Stream.Done < from.Number || to.Stream.Done < to.Number)
                return CudaStatus.NotReady;
            elapsed = (float)((to.Before.Time - from.Before.Time) / 1e6);
            return CudaStatus.Success;
        });
        milliseconds = elapsed;
        return status;
    }
}
