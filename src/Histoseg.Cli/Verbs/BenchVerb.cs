using System.CommandLine;
using System.Globalization;
using Histoseg.Cli.Terminal;
using Histoseg.Training.Benchmarks;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine bench</c>: how fast a config's network is on this machine, and whether it became slower.</summary>
internal sealed class BenchVerb : Verb
{
    private readonly TimingOptions _timing = new();
    private readonly Option<int> _top = NumberOption.Create("--top", "Operations to list, those furthest above their floor first", 10);
    private readonly Option<string?> _slide = new("--slide") { Description = "A slide to segment; if not given, one is drawn" };
    private readonly Option<string?> _json = new("--json") { Description = "Also write all of it to this file" };
    private readonly Option<string?> _against = new("--against") { Description = "Compare with the file of an earlier --json" };

    /// <summary>The verb.</summary>
    public BenchVerb(Session session) : base(
        "bench",
        "Checks every operation, then times a config's network, its operations and a whole slide beside what this machine can do.",
        """
        engine bench -c train.yaml
        engine bench -c train.yaml --json before.json
        engine bench -c train.yaml --against before.json
        """,
        session)
    {
        _timing.AddTo(this);
        foreach (var option in new Option[] { _top, _slide, _json, _against })
            Add(option);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var (config, runs) = _timing.Load(given);
        var before = given.GetValue(_against) is { } path ? BenchResult.Load(path) : null;
        if (before is not null && BenchComparison.WhyNot(before, config) is { } reason)
            throw new ConfigError($"--against {given.GetValue(_against)}: {reason}");
        using var backend = TimingOptions.OpenProcessor(Session, config.Training);
        var result = new Benchmark(config, backend, runs, Session.Cancel).Run(given.GetValue(_slide), step => Session.Error.WriteLine($"{step} …"));
        Write(result, given.GetValue(_top));
        if (before is not null)
            Compare(before, result, given.GetValue(_top));
        if (given.GetValue(_json) is { } file)
            result.Save(file);
        return ExitCode.Success;
    }

    private void Write(BenchResult result, int top)
    {
        var (peaks, checks, slide) = (result.Peaks, result.Checks, result.Slide);
        Session.Out.WriteLine(Figures.Text($"{result.Device}: {peaks.FlopsPerSecond / 1e9:0.0} GFLOP/s of multiply-adds, ")
            + Figures.Text($"{peaks.BytesPerSecond / 1e9:0.0} GB/s copied, both measured"));
        Session.Out.WriteLine(Figures.Text($"{checks.Cases} cases of operations agree with float64: largest error {checks.LargestError:0.0e+0} ")
            + Figures.Text($"({checks.Where}), tolerance {checks.Tolerance:0e+0}"));
        Session.Out.WriteLine();
        Session.Out.WriteLine($"{$"{result.Network.Name}, width {result.Network.Width}, {result.PatchSize}²",-44}  {"patches",7}  {"ms",9}  {"patches/s",9}  "
            + $"{"floor ms",9}  {"of floor",8}");
        Session.Out.WriteLine(PassLine("inference pass", result.Inference));
        Session.Out.WriteLine(PassLine("training step", result.Training));
        Session.Out.WriteLine(Figures.Text($"{$"slide {slide.Name}, overlap {slide.Overlap}",-44}  {slide.Patches,7}  {slide.Seconds * 1e3,9:0.0}  ")
            + Figures.Text($"{slide.Patches / slide.Seconds,9:0.00}"));
        Session.Out.WriteLine(Figures.Text($"The slide, {slide.Width} × {slide.Height} pixels from opening to the last file, takes ")
            + Figures.Text($"{slide.Seconds * result.Inference.Patches / (slide.Patches * result.Inference.Seconds):0.00} times what the network alone takes ")
            + "for as many patches.");
        foreach (var (name, pass) in new[] { ("inference", result.Inference), ("training", result.Training) })
        {
            Session.Out.WriteLine();
            Session.Out.WriteLine($"{$"{name}: furthest above the floor",-28}  {"layer",-36}  {"output",-22}  {"ms",9}  {"floor ms",9}");
            foreach (var one in pass.Operations.OrderByDescending(one => one.Seconds - one.FloorSeconds).Take(top))
                Session.Out.WriteLine($"{one.Operation,-28}  {one.Layer,-36}  {one.Output,-22}  {Milliseconds(one.Seconds)}  {Milliseconds(one.FloorSeconds)}");
        }
    }

    private void Compare(BenchResult before, BenchResult now, int top)
    {
        Session.Out.WriteLine();
        Session.Out.WriteLine(Figures.Text($"against {before.Engine} of {before.Date:yyyy-MM-dd HH:mm} UTC; 2.00 is twice as fast"));
        if (before.Device != now.Device)
            Session.Out.WriteLine($"measured on another device then: {before.Device}");
        foreach (var change in BenchComparison.Of(before, now, top))
            Session.Out.WriteLine($"{change.What,-90}  {Milliseconds(change.Before)}  {Milliseconds(change.Now)}  "
                + (change.Before / change.Now).ToString("0.00", CultureInfo.InvariantCulture).PadLeft(6));
    }

    private static string PassLine(string name, BenchedPass pass) =>
        Figures.Text($"{name,-44}  {pass.Patches,7}  {pass.Seconds * 1e3,9:0.0}  {pass.Patches / pass.Seconds,9:0.00}  {pass.FloorSeconds * 1e3,9:0.0}  ")
        + Figures.Text($"{pass.Seconds / pass.FloorSeconds,8:0.00}");

    private static string Milliseconds(double seconds) => (seconds * 1e3).ToString("0.00", CultureInfo.InvariantCulture).PadLeft(9);
}
