using System.Collections.Concurrent;
using Histoseg.View.Slides;
using Histoseg.View.Sources;

namespace Histoseg.View.Facts;

/// <summary>All slides there are at present, with what is known of each: the folders are looked at again while they are asked for.</summary>
internal sealed class SlideCatalogue : IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<IResultSource> _sources;
    private readonly SlidePool _pool;
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, SlideFacts> _facts = [];
    private readonly PlaceCounts _places = new();
    private readonly ConcurrentQueue<(ViewedSlide Slide, string Key)> _open = [];
    private readonly SemaphoreSlim _waiting = new(0);
    private readonly HashSet<string> _queued = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Task _work;
    private CatalogueState _state = new([], [], false, null);
    private Dictionary<string, ViewedSlide> _byId = [];
    private long _lookedAt = long.MinValue;

    /// <summary>Begins to look.</summary>
    /// <param name="sources">What is shown.</param>
    /// <param name="pool">Opens slides.</param>
    public SlideCatalogue(IReadOnlyList<IResultSource> sources, SlidePool pool)
    {
        (_sources, _pool) = (sources, pool);
        Look();
        _work = Task.Run(Gather);
    }

    /// <summary>What there is.</summary>
    public CatalogueState State()
    {
        lock (_lock)
        {
            if (Environment.TickCount64 - _lookedAt > LookAgain.TotalMilliseconds)
                Look();
            return _state;
        }
    }

    /// <summary>The slide of an id; null: there is none.</summary>
    public ViewedSlide? Find(string id)
    {
        lock (_lock)
            return _byId.GetValueOrDefault(id);
    }

    /// <summary>What is known of a slide; null: it was not looked at yet.</summary>
    public SlideFacts? FactsOf(ViewedSlide slide) => _facts.GetValueOrDefault(KeyOf(slide));

    /// <summary>How far its review is; null: it has no places, or was not looked at yet.</summary>
    public PlaceCount? PlacesOf(ViewedSlide slide) => slide.Corrections is { } path ? _places.Of(path) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Cancel();
        _work.Wait();
        _end.Dispose();
        _waiting.Dispose();
    }

    private static string KeyOf(ViewedSlide slide) => $"{slide.Id}/{slide.Version}";

    private void Look()
    {
        try
        {
            var contents = _sources.Select(source => source.Read()).ToList();
            var slides = contents.SelectMany(content => content.Slides).DistinctBy(slide => slide.Id).ToList();
            _byId = slides.ToDictionary(slide => slide.Id);
            _state = new([.. contents.Select(content => content.Title)], slides, contents.Any(content => content.IsRunning), null);
            foreach (var slide in slides)
                if (KeyOf(slide) is var key && _queued.Add(key))
                {
                    _open.Enqueue((slide, key));
                    _waiting.Release();
                }
        }
        catch (Exception error) when (error is UserError || FileTrouble.Is(error))
        {
            // A folder that is being changed may be whole at the next look.
            _state = _state with { Problem = error is UserError ? error.Message : FileTrouble.InWords(error) };
        }
        _lookedAt = Environment.TickCount64;
    }

    private async Task Gather()
    {
        try
        {
            while (true)
            {
                await _waiting.WaitAsync(_end.Token);
                if (_open.TryDequeue(out var next))
                    _facts[next.Key] = Facts(next.Slide);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private SlideFacts Facts(ViewedSlide slide)
    {
        try
        {
            using var lease = _pool.Take(slide);
            var facts = SlideFacts.Of(lease.Content);
            return slide.Error is null ? facts : facts with { Error = slide.Error };
        }
        catch (Exception error) when (error is UserError || FileTrouble.Is(error))
        {
            return new(0, 0, null, null, slide.Dice, slide.Error ?? (error is UserError ? error.Message : $"{slide.Path}: {FileTrouble.InWords(error)}"));
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return new(0, 0, null, null, slide.Dice, $"{slide.Path}: {error.Message}");
        }
    }
}
