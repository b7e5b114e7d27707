using System.Numerics;
using Histoseg.Engine.Ranks;

namespace Histoseg.Tests;

/// <summary>Ranks that are threads of one process: numbers are added up in the order of the ranks.</summary>
internal sealed class ThreadRanks : RankGroup
{
    private readonly Meeting _meeting;
    private readonly int _thread = Environment.CurrentManagedThreadId;

    private ThreadRanks(Meeting meeting, int rank, TimeSpan limit) : base(rank, meeting.Count, limit) => _meeting = meeting;

    /// <summary>Runs a function as every rank at once and gives what each returned.</summary>
    public static T[] Run<T>(int count, Func<RankGroup, T> asRank, TimeSpan? limit = null)
    {
        var meeting = new Meeting(count);
        var tasks = Enumerable.Range(0, count).Select(rank => Task.Factory.StartNew(() =>
        {
            using var group = new ThreadRanks(meeting, rank, limit ?? TimeSpan.FromSeconds(60));
            return asRank(group);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        try
        {
            Task.WaitAll(tasks);
        }
        catch (AggregateException)
        {
            // The first to fail tells why; that it has gone, the others only tell.
            throw tasks.Where(task => task.IsFaulted).Select(task => task.Exception!.InnerException!).OrderBy(error => error is RankError).First();
        }
        return [.. tasks.Select(task => task.Result)];
    }

    /// <summary>Called by the rank's own thread before it waits for others: what would go on beside it, as a GPU does, has to be brought to its end.</summary>
    public Action? Waits { get; set; }

    public override string Description => $"{Count} ranks as threads";

    public override void Sum(Span<float> numbers) => Sum<float>(numbers);

    public override void Sum(Span<double> numbers) => Sum<double>(numbers);

    public override void Broadcast(Span<float> numbers) =>
        Exchange(numbers.ToArray(), all => (float[])all[0]).CopyTo(numbers);

    private void Sum<T>(Span<T> numbers) where T : unmanaged, INumberBase<T> => Exchange(numbers.ToArray(), all =>
    {
        var sums = (T[])((T[])all[0]).Clone();
        foreach (var other in all.Skip(1).Cast<T[]>())
            for (var i = 0; i < sums.Length; i++)
                sums[i] += other[i];
        return sums;
    }).CopyTo(numbers);

    private T[] Exchange<T>(T[] numbers, Func<Array[], T[]> combine)
    {
        if (Environment.CurrentManagedThreadId == _thread)
            Waits?.Invoke();
        return _meeting.Exchange(Rank, numbers, Limit, combine);
    }

    protected override void Dispose(bool disposing) => _meeting.Leave();

    private sealed class Meeting(int count)
    {
        private readonly object _gate = new();
        private readonly Array[] _brought = new Array[count];
        private int _here, _round;
        private Array _result = Array.Empty<int>();
        private bool _left;

        public int Count => count;

        public T[] Exchange<T>(int rank, T[] numbers, TimeSpan limit, Func<Array[], T[]> combine)
        {
            lock (_gate)
            {
                _brought[rank] = numbers;
                var round = _round;
                if (++_here == count)
                {
                    Assert.All(_brought, one => Assert.Equal((numbers.Length, typeof(T[])), (one.Length, one.GetType())));
                    (_result, _here, _round) = (combine(_brought), 0, _round + 1);
                    Monitor.PulseAll(_gate);
                }
                while (_round == round)
                    if (_left)
                        throw new RankError("a rank has gone");
                    else if (!Monitor.Wait(_gate, limit))
                        throw new RankError("a rank answered nothing");
                return (T[])_result;
            }
        }

        public void Leave()
        {
            lock (_gate)
            {
                _left = true;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
