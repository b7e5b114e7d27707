using System.Diagnostics;

namespace Histoseg.Segmentation.Inference;

/// <summary>
/// Slides one behind the other: while one is segmented, the files of the one before are put in place, and once it is read the next is opened and begun to be
/// read.
/// </summary>
/// <param name="work">Does them.</param>
/// <param name="folder">The output folder.</param>
/// <param name="run">The run's part in it.</param>
/// <param name="part">Who is told what is at work, and whether no slide is touched before the one before is done.</param>
/// <param name="cancellation">Stops.</param>
internal sealed class SlideQueue(SlideWork work, string folder, FolderRun run, BatchPart part, CancellationToken cancellation) : IDisposable
{
    private readonly bool _oneAtATime = part.Earlier?.OneAtATime == true;
    private readonly Lock _lock = new();
    private (NamedSlide Slide, Task<SlideInHand?> Hand)? _ahead;
    private SlideInHand? _segmented;
    private Task _ending = Task.CompletedTask;
    private int _beside;

    /// <summary>Segments a slide unless another program has it. Its files may be put in place behind.</summary>
    /// <param name="slide">The slide.</param>
    /// <param name="next">The one that will come after it; null: none.</param>
    /// <param name="progress">Told once it has been tried to open it, and after every batch of patches.</param>
    /// <param name="ended">Told how it ended, perhaps on another thread and later.</param>
    /// <returns>False: another program is at work on it.</returns>
    /// <exception cref="WriteError">The output folder takes nothing more.</exception>
    public bool Try(NamedSlide slide, NamedSlide? next, IProgress<SlideProgress>? progress, Action<SlideOutcome> ended)
    {
        var clock = Stopwatch.StartNew();
        // Told before, so that it is known which slide a crash is due to.
        part.LookingAt?.Invoke(slide.Path);
        var hand = Ahead(slide);
        if (hand is null)
            return false;
        hand.Begin(clock);
        if (hand.Outcome is null or { Status: SlideStatus.Failed, FailedBefore: false })
            progress?.Report(new(0, 1, 0));
        try
        {
            lock (_lock)
                _segmented = hand;
            if (next is not null && !_oneAtATime)
                hand.Reading?.Reader.Ended.ContinueWith(_ => Open(next, hand), cancellation, TaskContinuationOptions.OnlyOnRanToCompletion,
                    TaskScheduler.Default);
            work.Segment(hand, progress, cancellation);
            var began = Stopwatch.GetTimestamp();
            Finish();
            hand.Writing += Stopwatch.GetElapsedTime(began);
        }
        catch
        {
            hand.Dispose();
            throw;
        }
        finally
        {
            lock (_lock)
                _segmented = null;
        }
        if (_oneAtATime || next is null || hand.Outcome is not null)
        {
            ended(work.End(hand, run));
            return true;
        }
        hand.IsBehind = true;
        _ending = Task.Run(() => End(hand, ended), CancellationToken.None);
        return true;
    }

    /// <summary>Waits until the files of all slides are in place.</summary>
    /// <exception cref="WriteError">The output folder takes nothing more.</exception>
    public void Finish() => _ending.GetAwaiter().GetResult();

    /// <summary>Gives up what was begun ahead, and waits for what is being put in place; errors of either are not told.</summary>
    public void Dispose()
    {
        lock (_lock)
            _segmented = null;
        ((IAsyncResult)_ending).AsyncWaitHandle.WaitOne();
        _ = _ending.Exception;
        GiveUpAhead();
    }

    private SlideInHand? Ahead(NamedSlide slide)
    {
        (NamedSlide Slide, Task<SlideInHand?> Hand)? ahead;
        lock (_lock)
            ahead = _ahead;
        if (ahead?.Slide != slide)
        {
            GiveUpAhead();
            return work.Take(slide.Path, slide.Name, folder, run, cancellation);
        }
        _ahead = null;
        Count(-1);
        var hand = ahead.Value.Hand.GetAwaiter().GetResult();
        if (hand?.Outcome is not { Status: SlideStatus.Failed, FailedBefore: false })
            return hand;
        // There may have been too little memory for several at once: it has failed if it does by itself.
        hand.Dispose();
        Finish();
        return work.Take(slide.Path, slide.Name, folder, run, cancellation);
    }

    private void GiveUpAhead()
    {
        if (_ahead is not { } ahead)
            return;
        _ahead = null;
        ((IAsyncResult)ahead.Hand).AsyncWaitHandle.WaitOne();
        if (ahead.Hand.IsCompletedSuccessfully)
            ahead.Hand.Result?.Dispose();
        _ = ahead.Hand.Exception; // observed: the slide's turn never came
        Count(-1);
    }

    private void Open(NamedSlide next, SlideInHand segmented)
    {
        lock (_lock)
        {
            // Its turn may have come meanwhile.
            if (_segmented != segmented)
                return;
            Count(1);
            _ahead = (next, Task.Run(() => work.Take(next.Path, next.Name, folder, run, cancellation), CancellationToken.None));
        }
    }

    private void End(SlideInHand hand, Action<SlideOutcome> ended)
    {
        Count(1);
        try
        {
            ended(work.End(hand, run));
        }
        finally
        {
            Count(-1);
        }
    }

    private void Count(int change)
    {
        lock (_lock)
            part.Beside?.Invoke(_beside += change);
    }
}
