using System.Collections.Concurrent;

namespace Histoseg.Segmentation.Inference;

/// <summary>Passes finished rows on to the sinks, in order, on a thread of its own: compressing them does not hold up whoever feeds the GPU.</summary>
internal sealed class RowWriter : IDisposable
{
    private const int MostWaiting = 8; // posts of rows; one row of patches finishes about four at once
    private readonly RowSinks _sinks;
    private readonly BlockingCollection<Rows> _free = [], _filled = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _task;

    /// <summary>Starts the thread.</summary>
    /// <param name="sinks">Where rows go; they are used on the thread until <see cref="Finish"/> or <see cref="Dispose"/> has returned.</param>
    /// <param name="mostPixels">The most pixels of one <see cref="Write"/>.</param>
    /// <param name="shares">Bytes of a pixel's shares; 0: there are none.</param>
    public RowWriter(RowSinks sinks, int mostPixels, int shares)
    {
        _sinks = sinks;
        for (var i = 0; i < MostWaiting; i++)
            _free.Add(new Rows(mostPixels, checked(mostPixels * shares)));
        _task = Task.Factory.StartNew(WriteAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Copies rows and leaves them to the thread; waits while too many lie there. What a sink threw since is thrown here.</summary>
    public void Write(ReadOnlySpan<byte> labels, ReadOnlySpan<byte> foreground, ReadOnlySpan<byte> shares)
    {
        Rows rows;
        try
        {
            rows = _free.Take(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            _task.GetAwaiter().GetResult(); // only a sink that failed stops the thread while rows still come
            throw;
        }
        labels.CopyTo(rows.Labels);
        foreground.CopyTo(rows.Foreground);
        shares.CopyTo(rows.Shares);
        (rows.Pixels, rows.OfShares) = (labels.Length, shares.Length);
        _filled.Add(rows);
    }

    /// <summary>Waits until every row is written. What a sink threw is thrown here.</summary>
    public void Finish()
    {
        _filled.CompleteAdding();
        _task.GetAwaiter().GetResult();
    }

    /// <summary>Drops the rows not yet begun and waits for the sinks to return.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        ((IAsyncResult)_task).AsyncWaitHandle.WaitOne();
        _ = _task.Exception; // observed: it was thrown by Write or Finish, or a cancelled job has no use for it
        _stop.Dispose();
        _free.Dispose();
        _filled.Dispose();
    }

    private void WriteAll()
    {
        try
        {
            foreach (var rows in _filled.GetConsumingEnumerable(_stop.Token))
            {
                _sinks.Write(rows.Labels.AsSpan(0, rows.Pixels), rows.Foreground.AsSpan(0, rows.Pixels), rows.Shares.AsSpan(0, rows.OfShares));
                _free.Add(rows);
            }
        }
        catch
        {
            _stop.Cancel(); // a Write that waits for room would wait for ever
            throw;
        }
    }

    /// <summary>The rows of one <see cref="Write"/>.</summary>
    private sealed class Rows(int mostPixels, int mostShares)
    {
        public byte[] Labels { get; } = new byte[mostPixels];
        public byte[] Foreground { get; } = new byte[mostPixels];
        public byte[] Shares { get; } = new byte[mostShares];
        public int Pixels { get; set; }
        public int OfShares { get; set; }
    }
}
