using System.Diagnostics;
using Histoseg.Slides;
using Histoseg.Slides.Opening;

namespace Histoseg.Segmentation.Inference;

/// <summary>A slide that this program is at: claimed, opened, being read, segmented or put in place.</summary>
/// <param name="path">The slide.</param>
/// <param name="name">The name of its outputs.</param>
/// <param name="folder">The output folder.</param>
/// <param name="wanted">Its outputs, relative to the folder.</param>
internal sealed class SlideInHand(string path, string name, string folder, string[] wanted) : IDisposable
{
    private Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>The slide.</summary>
    public string Path => path;

    /// <summary>The name of its outputs.</summary>
    public string Name => name;

    /// <summary>The output folder.</summary>
    public string Folder => folder;

    /// <summary>Its outputs, relative to the folder.</summary>
    public string[] Wanted => wanted;

    /// <summary>What its outputs are made from; null where its file cannot be looked at.</summary>
    public DoneKey? Key { get; set; }

    /// <summary>The claim on it; null where nothing was to be done.</summary>
    public SlideClaim? Claim { get; set; }

    /// <summary>The slide, once open.</summary>
    public OpenedSlide? Slide { get; set; }

    /// <summary>Its scale, once known.</summary>
    public SlideScale? Scale { get; set; }

    /// <summary>Its patches, once they are being read.</summary>
    public SlideReading? Reading { get; set; }

    /// <summary>What was done of it before.</summary>
    public DoneRecord? Before { get; set; }

    /// <summary>Its files, once open.</summary>
    public SlideOutputs? Outputs { get; set; }

    /// <summary>What segmenting it took, once that is done.</summary>
    public SlideSegmentationResult? Segmentation { get; set; }

    /// <summary>How it ended; null: it has not.</summary>
    public SlideOutcome? Outcome { get; set; }

    /// <summary>How long it was waited for until it was open.</summary>
    public TimeSpan Opening { get; private set; }

    /// <summary>How long files were waited for, its own or those of the slide before.</summary>
    public TimeSpan Writing { get; set; }

    /// <summary>Whether its files are put in place while nobody waits for them.</summary>
    public bool IsBehind { get; set; }

    /// <summary>What it took since its turn came.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>Its turn has come, and it is open.</summary>
    /// <param name="clock">Runs since its turn came.</param>
    public void Begin(Stopwatch clock) => (_clock, Opening) = (clock, clock.Elapsed);

    /// <summary>Gives it up: files that are not in place are removed, and then others may take it.</summary>
    public void Dispose()
    {
        using (Claim)
        using (Slide)
        using (Reading)
            Outputs?.Dispose();
    }
}
