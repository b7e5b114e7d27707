using System.Collections.Concurrent;
using Histoseg.Slides.Annotations;

namespace Histoseg.View.Facts;

/// <summary>The places of the slides' files of corrections. A file that is another one is read anew, one at a time and while nobody waits for it.</summary>
internal sealed class PlaceCounts
{
    private readonly ConcurrentDictionary<string, Entry> _entries = [];
    private readonly Lock _lock = new();
    private Task _reading = Task.CompletedTask;

    /// <summary>What is known of a file; null: it has no places, or was not read yet.</summary>
    public PlaceCount? Of(string path)
    {
        var entry = _entries.GetOrAdd(path, _ => new());
        var stamp = new FileInfo(path) is { Exists: true } file ? (file.Length, file.LastWriteTimeUtc.Ticks) : default;
        lock (_lock)
            if (entry.Stamp != stamp)
            {
                entry.Stamp = stamp;
                _reading = _reading.ContinueWith(_ => entry.Count = Read(path), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        return entry.Count;
    }

    private static PlaceCount? Read(string path)
    {
        try
        {
            return File.Exists(path) ? PlaceCount.Of(AnnotationFile.Load(path)) : null;
        }
        catch (Exception error) when (error is UserError || FileTrouble.Is(error))
        {
            return null; // told where the slide is looked at
        }
    }

    private sealed class Entry
    {
        public (long Length, long Ticks) Stamp { get; set; }

        public PlaceCount? Count { get; set; }
    }
}
