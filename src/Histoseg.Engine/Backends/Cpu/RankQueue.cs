using System.Numerics;
using System.Runtime.InteropServices;
using Histoseg.Engine.Ranks;

namespace Histoseg.Engine.Backends.Cpu;

/// <summary>One call to the other ranks, made again in every run.</summary>
/// <param name="make">Makes it.</param>
internal sealed class RankCall(Action<RankGroup> make)
{
    /// <summary>Makes the call.</summary>
    public Action<RankGroup> Make { get; } = make;

    /// <summary>Whether it was posted and is not made yet.</summary>
    public bool IsUnderWay { get; set; }
}

/// <summary>The calls of a program to the other ranks: made in the order in which they are asked for, on a thread of their own where nobody waits.</summary>
/// <remarks>After a call failed, every one fails.</remarks>
internal sealed class RankQueue : IDisposable
{
    private readonly RankGroup _group;
    private readonly Queue<RankCall> _posted = [];
    private readonly object _gate = new();
    private readonly Thread _thread;
    private Exception? _failure;
    private bool _isCalling, _isSilent, _ends;

    /// <summary>A queue with its thread.</summary>
    public RankQueue(RankGroup group)
    {
        _group = group;
        _thread = new Thread(Work) { IsBackground = true, Name = "ranks" };
        _thread.Start();
    }

    /// <summary>Number of ranks.</summary>
    public int Count => _group.Count;

    /// <summary>From now on no call reaches the others: each gives what this rank has.</summary>
    public void FallSilent()
    {
        lock (_gate)
            _isSilent = true;
    }

    /// <summary>Has a call made, after those asked for before, while the caller goes on.</summary>
    public void Post(RankCall call)
    {
        lock (_gate)
        {
            call.IsUnderWay = true;
            _posted.Enqueue(call);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits for a call that was posted.</summary>
    /// <exception cref="RankError">It, or one before it, failed.</exception>
    public void Wait(RankCall call)
    {
        lock (_gate)
        {
            while (call.IsUnderWay)
                Monitor.Wait(_gate);
            ThrowIfFailed();
        }
    }

    /// <summary>Makes a call, after those asked for before.</summary>
    /// <exception cref="RankError">It, or one before it, failed.</exception>
    public void Call(RankCall call)
    {
        lock (_gate)
        {
            while (_isCalling || _posted.Count > 0)
                Monitor.Wait(_gate);
            _isCalling = true;
        }
        Make(call);
        lock (_gate)
            ThrowIfFailed();
    }

    /// <summary>Waits until no call is under way, however those before it ended.</summary>
    public void Settle()
    {
        lock (_gate)
            while (_isCalling || _posted.Count > 0)
                Monitor.Wait(_gate);
    }

    /// <summary>Adds numbers up over the ranks, in either type.</summary>
    public static void Sum<T>(RankGroup group, Span<T> numbers) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float))
            group.Sum(MemoryMarshal.Cast<T, float>(numbers));
        else
            group.Sum(MemoryMarshal.Cast<T, double>(numbers));
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
            throw failure is RankError ? new RankError(failure.Message, failure) : failure;
    }

    private void Work()
    {
        while (true)
        {
            RankCall call;
            lock (_gate)
            {
                while (_isCalling || _posted.Count == 0)
                {
                    if (_ends)
                        return;
                    Monitor.Wait(_gate);
                }
                call = _posted.Peek();
                _isCalling = true;
            }
            Make(call);
            lock (_gate)
            {
                _posted.Dequeue();
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Make(RankCall call)
    {
        try
        {
            if (_failure is null && !_isSilent)
                call.Make(_group);
        }
        catch (Exception error)
        {
            // Whoever waits for the call hears of it.
            _failure = error;
        }
        lock (_gate)
        {
            (_isCalling, call.IsUnderWay) = (false, false);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the thread; the group is the caller's.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ends = true;
            Monitor.PulseAll(_gate);
        }
        _thread.Join();
    }
}
