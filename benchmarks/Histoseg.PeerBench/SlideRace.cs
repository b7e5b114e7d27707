using Histoseg.Engine.Devices;
using Histoseg.Engine.Profiling;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Output;

namespace Histoseg.PeerBench;

/// <summary>What is segmented and how.</summary>
internal sealed record SlideRaceSettings(string Slide, double? Mpp, int Width, int PatchSize, int Batch, int Rounds, int Threads);

/// <summary>Whole slides, read, segmented and blended, by the engine and by ONNX Runtime in its place.</summary>
internal static class SlideRace
{
    /// <summary>Share of the pixels whose labels must be the same: where two classes are as likely, rounding decides.</summary>
    private const double LeastAgreement = 0.999;

    /// <summary>Races the networks in turns and writes a row each.</summary>
    /// <returns>0, or 1 if label maps differed.</returns>
    public static int Run(SlideRaceSettings settings, string[] names, TextWriter output)
    {
        using var slide = SlideFile.Open(settings.Slide);
        var own = slide.MicronsPerPixel ?? settings.Mpp ?? 1;
        var view = new SlideView(slide, own, settings.Mpp ?? own);
        output.WriteLine(Figures.Text($"{settings.Slide}: {view.Width} × {view.Height} view pixels; width {settings.Width}, patches of {settings.PatchSize}², ")
            + Figures.Text($"overlap 0.5, batches of {settings.Batch}, {settings.Threads} threads, medians of {settings.Rounds}"));
        output.WriteLine("network                  patches   engine patches/s   ONNX Runtime patches/s   ratio   equal labels");
        var failed = 0;
        foreach (var name in names.Length > 0 ? names : [.. Network.Names])
            failed |= Race(name, settings, view, output);
        return failed;
    }

    private static int Race(string name, SlideRaceSettings settings, SlideView view, TextWriter output)
    {
        using var backend = DeviceOpener.OpenProcessor(settings.Threads);
        using var raced = new RacedNetwork(name, settings.Width, settings.PatchSize, backend);
        var (network, normalisation) = (raced.Description.CreateNetwork(), raced.Description.Normalisation);
        using var ours = new PatchSegmenter(backend, network, settings.PatchSize, settings.Batch, normalisation);
        ours.Load(raced.Weights, name);
        using var theirs = new OrtSegmenter(raced.Onnx, settings.Threads, 2, settings.PatchSize, settings.Batch, network.OutputStride, normalisation);
        var (ourTimes, theirTimes) = (new double[settings.Rounds], new double[settings.Rounds]);
        var (expected, first) = Segment(theirs, view);
        var (labels, _) = Segment(ours, view);
        for (var round = 0; round < settings.Rounds; round++)
        {
            ourTimes[round] = Segment(ours, view).Result.Elapsed.TotalSeconds;
            theirTimes[round] = Segment(theirs, view).Result.Elapsed.TotalSeconds;
        }
        var equal = labels.Zip(expected, (one, other) => one == other ? 1.0 : 0).Average();
        var (ourTime, theirTime) = (ProgramTimes.Median(ourTimes), ProgramTimes.Median(theirTimes));
        var patches = first.SegmentedPatches;
        output.WriteLine(Figures.Text($"{name,-24} {patches,7} {patches / ourTime,18:0.00} {patches / theirTime,24:0.00} ")
            + Figures.Text($"{theirTime / ourTime,7:0.00} {equal,14:0.00000}{(equal >= LeastAgreement ? "" : "  DIFFERS")}"));
        return equal >= LeastAgreement ? 0 : 1;
    }

    private static (byte[] Labels, SlideSegmentationResult Result) Segment(IPatchSegmenter segmenter, SlideView view)
    {
        using var labels = new KeptRows(view.Width * view.Height);
        var result = new SlideSegmentation(segmenter).Run(view, [labels]);
        return (labels.Rows, result);
    }

    private sealed class KeptRows(int pixels) : ILabelRows
    {
        private int _filled;

        public byte[] Rows { get; } = new byte[pixels];

        public void Write(ReadOnlySpan<byte> rows)
        {
            rows.CopyTo(Rows.AsSpan(_filled));
            _filled += rows.Length;
        }

        public void Complete() { }

        public void Dispose() { }
    }
}
