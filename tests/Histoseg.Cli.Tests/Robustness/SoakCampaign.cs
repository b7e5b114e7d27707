using Histoseg.Cli.Terminal;
using Xunit.Abstractions;

namespace Histoseg.Cli.Tests.Robustness;

/// <summary>A long batch, some of its slides broken: every slide gets its answer, and memory does not grow.</summary>
[Collection(RobustnessTests.Name)]
[Trait("Category", "Torture")]
public sealed class SoakCampaign(Workshop workshop, ITestOutputHelper output) : IDisposable
{
    private const int Slides = 600, OneBrokenIn = 20;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Memory_stays_and_every_slide_is_answered()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "memory is read from /proc");
        Directory.CreateDirectory(_folder["slides"]);
        for (var i = 0; i < Slides; i++)
        {
            if (i % OneBrokenIn == 0)
                Workshop.CopyCut(workshop["slides/synth_000.tif"], _folder[$"slides/{i:000}.tif"], 0.3);
            else
                File.Copy(workshop["slides/synth_000.tif"], _folder[$"slides/{i:000}.tif"]);
        }
        using var program = EngineProcess.Start("infer", "-i", _folder["slides"], "-m", workshop["run/model"], "-o", _folder["out"]);
        var memory = new List<double>();
        var labels = _folder["out/segmentations"];
        while (!program.HasEnded)
        {
            // The first slides fill caches.
            if (Directory.Exists(labels) && Directory.GetFiles(labels, "*.tif").Length > Slides / 10 && program.WorkerMemory() is { } used)
                memory.Add(used);
            Thread.Sleep(500);
        }
        program.Wait().Expect(ExitCode.SomeSlidesFailed);
        Assert.Equal(Slides - (Slides / OneBrokenIn), Directory.GetFiles(labels, "*.tif").Length);
        Assert.Equal(1 + (Slides / OneBrokenIn), File.ReadAllLines(_folder["out/failures.csv"]).Length);
        var first = File.ReadAllBytes(Path.Combine(labels, "001.tif"));
        Assert.All(Directory.GetFiles(labels, "*.tif"), file => Assert.Equal(first, File.ReadAllBytes(file)));
        var (early, late) = (memory[..(memory.Count / 4)].Max(), memory[^(memory.Count / 4)..].Max());
        output.WriteLine(FormattableString.Invariant($"{early:0} MiB in the first quarter, {late:0} MiB in the last"));
        Assert.InRange(late, 0, early * 1.1);
    }
}
