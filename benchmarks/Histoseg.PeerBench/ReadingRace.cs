using System.Diagnostics;
using Histoseg.Engine.Profiling;
using Histoseg.Segmentation.Inference;
using Histoseg.Slides;
using Histoseg.Slides.Opening;
using NetVips;

namespace Histoseg.PeerBench;

/// <summary>What is read and how.</summary>
internal sealed record ReadingSettings(string Slide, double? Mpp, int PatchSize, double Overlap, int Rounds);

/// <summary>The reading of inference, patches that overlap and the look for tissue included, beside libvips reading each tile of the same level once.</summary>
internal static class ReadingRace
{
    /// <summary>Times both on one thread and on all cores, in turns, and writes what each took.</summary>
    public static int Run(ReadingSettings settings, TextWriter output)
    {
        using var slide = SlideFile.Open(settings.Slide);
        var own = slide.MicronsPerPixel ?? settings.Mpp ?? 1;
        var view = new SlideView(slide, own, settings.Mpp ?? own);
        var (level, size) = (slide.Levels[view.Level], settings.PatchSize);
        var pixels = (double)level.Width * level.Height;
        output.WriteLine(Figures.Text($"{settings.Slide}: level {view.Level}, {level.Width} × {level.Height}, tiles of {slide.TileSize(view.Level)}, ")
            + Figures.Text($"{view.Downsample / level.Downsample:0.###} pixels to a view pixel; patches of {size}², overlap {settings.Overlap}"));
        var times = new Dictionary<(int Threads, bool Ours), List<double>>();
        foreach (var _ in Enumerable.Range(0, settings.Rounds))
            foreach (var threads in new[] { 1, Environment.ProcessorCount }.Distinct())
            {
                Add((threads, true), Timed(() => Patches(view, size, settings.Overlap, threads)));
                Add((threads, false), Timed(() => Tiles(settings.Slide, slide, view.Level, threads)));
            }
        output.WriteLine("threads   engine Mpixel/s   libvips Mpixel/s   ratio");
        foreach (var threads in times.Keys.Select(key => key.Threads).Distinct())
        {
            var (ours, theirs) = (ProgramTimes.Median([.. times[(threads, true)]]), ProgramTimes.Median([.. times[(threads, false)]]));
            output.WriteLine(Figures.Text($"{threads,7} {pixels / ours / 1e6,17:0.0} {pixels / theirs / 1e6,18:0.0} {theirs / ours,7:0.00}"));
        }
        return 0;

        void Add((int, bool) key, double seconds)
        {
            if (!times.TryGetValue(key, out var list))
                times[key] = list = [];
            list.Add(seconds);
        }
    }

    private static double Timed(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static void Patches(SlideView view, int size, double overlap, int threads)
    {
        var stride = (int)(size * (1 - overlap));
        using var reader = new PatchReader(view, new TileAxis(view.Width, size, stride, 8, 0), new TileAxis(view.Height, size, stride, 8, 0), size, 8,
            TissueRule.White, Tissue.WhiteThreshold, threads, readsBlank: true, CancellationToken.None);
        foreach (var batch in reader.Batches())
            GC.KeepAlive(batch);
    }

    // Each thread has the file opened for itself and takes rows of tiles in turn.
    private static void Tiles(string path, ISlide slide, int level, int threads)
    {
        var (width, height) = slide.TileSize(level);
        var size = slide.Levels[level];
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
        {
            using var image = Image.NewFromFile(path, kwargs: new VOption { ["page"] = level });
            using var region = NetVips.Region.New(image);
            for (var y = thread * height; y < size.Height; y += threads * height)
                for (var x = 0; x < size.Width; x += width)
                    GC.KeepAlive(region.Fetch(x, y, Math.Min(width, size.Width - x), Math.Min(height, size.Height - y)));
        });
    }
}
