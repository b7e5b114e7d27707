using System.CommandLine;
using Histoseg.Cli.Terminal;
using Histoseg.Slides.Synthesis;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine synth</c>: draws slides with annotations.</summary>
internal sealed class SynthVerb : Verb
{
    private readonly Option<string> _output = new("--out", "-o") { Description = "Folder for the slides, annotations and manifest.csv", Required = true };
    private readonly Option<int> _train = NumberOption.Create("--train", "Slides to train on", 4);
    private readonly Option<int> _val = NumberOption.Create("--val", "Slides to validate on", 1);
    private readonly Option<int> _test = NumberOption.Create("--test", "Slides to test on", 1);
    private readonly Option<int> _width = NumberOption.Create("--width", "Width in pixels", 3072);
    private readonly Option<int> _height = NumberOption.Create("--height", "Height in pixels", 3072);
    private readonly Option<double> _mpp = NumberOption.Create("--mpp", "µm per pixel", 0.5);
    private readonly Option<int> _seed = NumberOption.Create("--seed", "Which set; the same seed draws the same slides", 1);

    /// <summary>The verb.</summary>
    public SynthVerb(Session session) : base(
        "synth",
        "Draws small synthetic H&E-like slides with tumour annotations (ASAP XML) and a manifest.",
        """
        engine synth -o slides
        engine synth -o slides --train 8 --val 2 --test 2 --width 4096 --height 4096 --seed 7
        """,
        session)
    {
        foreach (var option in new Option[] { _output, _train, _val, _test, _width, _height, _mpp, _seed })
            Add(option);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        int[] slides = [given.GetValue(_train), given.GetValue(_val), given.GetValue(_test)];
        if (slides.Any(count => count is < 0 or > 1000) || slides.Sum() == 0)
            throw new ConfigError("--train, --val and --test are 0 to 1000 slides each, and one at least in all");
        var seed = given.GetValue(_seed);
        var folder = given.GetValue(_output)!;
        var manifest = ProgressDisplay.Run(Session, "drawing", progress => SlideSynthesiser.WriteSet(
            folder, slides[0], slides[1], slides[2], unchecked((ulong)seed), given.GetValue(_width), given.GetValue(_height), given.GetValue(_mpp),
            done =>
            {
                progress.Show((double)done / slides.Sum(), $"{done} of {Figures.Count(slides.Sum(), "slide")}");
                Session.Cancel.ThrowIfCancellationRequested();
            }));
        Session.Out.WriteLine(manifest);
        return ExitCode.Success;
    }
}
