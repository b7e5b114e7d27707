using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda;

public sealed unsafe partial class SoftwareCudaDriver
{
    private readonly List<StreamState> _streams = [];
    private readonly HazardLog _hazards;
    private readonly Timeline _hostNow = new();
    private readonly StreamState _legacy;

    /// <summary>Gives work to a stream, or to the capture the stream is in.</summary>
    internal CudaStatus Enqueue(nint handle, Work work)
    {
        if (StreamOf(work.Name, handle, out var stream) is not CudaStatus.Success and var wrong)
            return wrong;
        if (stream.Capture is { } capture)
        {
            if (capture.Spoilt is not null)
                return CudaStatus.StreamCaptureInvalidated;
            capture.Add(stream, work);
            return CudaStatus.Success;
        }
        if (stream == _legacy && AnyCapture(ofBlockingStream: true) is { } implicitly)
            return Spoil(implicitly, CaptureImplicit,
                $"{work.Name} on the default stream, which waits for {implicitly.Origin.Name}, while that is being captured");
        Issue(stream, work);
        return CudaStatus.Success;
    }

    /// <summary>Gives a library's work to a stream; its addresses must be allocated at the call already.</summary>
    internal CudaStatus EnqueueLibraryWork(nint handle, Work work)
    {
        foreach (var access in work.Accesses)
            if (CheckKnown(work.Name, access) is not CudaStatus.Success and var wrong)
                return wrong;
        return Enqueue(handle, work);
    }

    private StreamState NewStream(string name, bool blocking)
    {
        var stream = new StreamState(_streams.Count, name, blocking);
        _streams.Add(stream);
        return stream;
    }

    private Operation Issue(StreamState stream, Work? work)
    {
        stream.Now.Join(_hostNow);
        if (stream == _legacy)
            _streams.ForEach(other => stream.Now.Join(other.Blocking ? other.Now : stream.Now));
        else if (stream.Blocking)
            stream.Now.Join(_legacy.Now);
        stream.Now[stream.Index]++;
        stream.Now.Time += work?.Nanoseconds ?? 0;
        PoisonDestinations(work);
        var operation = new Operation(_hazards.Next, work, stream, stream.Now.Copy());
        _hazards.Add(operation);
        stream.Waiting.Enqueue(operation);
        return operation;
    }

    /// <summary>Host memory that a copy will write must not be read before the copy is waited for; old values there would hide that it was.</summary>
    private void PoisonDestinations(Work? work)
    {
        foreach (var access in work?.Accesses ?? [])
            if (access is { OnDevice: false, Write: true } && _host.Find(access.Address) is { State: RegionState.Live } region
                && !_streams.Any(stream => stream.Waiting.Any(other => other.Work is not null && other.Work.Accesses.Any(access.Overlaps))))
                new Span<byte>(region.Host + (access.Address - region.Start), (int)access.Bytes).Fill(MemoryRegion.Poison);
    }

    private CudaStatus RunAll()
    {
        var all = _hostNow.Copy();
        _streams.ForEach(stream => all.Join(stream.Now));
        return WaitFor(all);
    }

    /// <summary>Runs all that must have run before a point, and no more; afterwards the host comes after it.</summary>
    private CudaStatus WaitFor(Timeline point)
    {
        while (true)
        {
            var runnable = _streams.Where(stream => stream.Done < point[stream.Index] && MayRun(stream.Waiting.Peek())).ToList();
            if (runnable.Count == 0)
                break;
            var operation = runnable[_order.Next(runnable.Count)].Waiting.Dequeue();
            operation.Stream.Done = operation.Number;
            if (Run(operation) is not CudaStatus.Success and var status)
                return status;
        }
        _hostNow.Join(point);
        if (_streams.All(stream => stream.Waiting.Count == 0))
            _hazards.Forget();
        return CudaStatus.Success;
    }

    private bool MayRun(Operation operation)
    {
        foreach (var stream in _streams)
            if (stream != operation.Stream && stream.Done < operation.Before[stream.Index])
                return false;
        return true;
    }

    private CudaStatus Run(Operation operation)
    {
        if (operation.Work is not { } work || _sticky != CudaStatus.Success)
            return _sticky;
        var execution = new Execution(operation, _device, _host, _hazards, Options.TrackKernels);
        try
        {
            foreach (var access in work.Accesses)
                execution.Check(access);
            work.Run(execution);
        }
        catch (SoftwareCudaFault fault) when (fault.Status != CudaStatus.Success)
        {
            _faults.Add(fault.Message);
            if (Options.ThrowOnFault)
                throw;
            return _sticky = fault.Status;
        }
        finally
        {
            operation.Finish();
        }
        return CudaStatus.Success;
    }

    private CudaStatus StreamOf(string call, nint handle, out StreamState stream)
    {
        stream = _legacy;
        return handle == 0 || Handles.TryGet(handle, out stream) ? CudaStatus.Success : BadHandle(call, handle, "stream");
    }
}
