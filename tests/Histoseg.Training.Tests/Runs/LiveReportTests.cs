using Histoseg.Engine;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Slides.Sampling;
using Histoseg.Slides.Vips;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>The report of a run that goes on, was stopped, failed or is done, with a clock that stands still.</summary>
public sealed class LiveReportTests : IClassFixture<TrainerTests.SmallSlides>, IDisposable
{
    private const string Refresh = "<meta http-equiv=\"refresh\" content=\"30\">";
    private readonly string _folder = Directory.CreateTempSubdirectory("live-report").FullName;
    private readonly CpuBackend _backend = new(threads: 2);
    private readonly StandingClock _clock = new();
    private readonly TrainConfig _config;
    private readonly TrainingSlides _slides;
    private readonly TrainingData _data;
    private readonly RunFolder _run;

    public LiveReportTests(TrainerTests.SmallSlides slides)
    {
        _config = ConfigOf(slides.Manifest);
        _slides = TrainingSlides.Open(_config, _ => { }, default);
        _data = _slides.ListPatches(_ => { }, default);
        _run = new(Path.Combine(_folder, "a run"));
        _run.Prepare();
    }

    public void Dispose()
    {
        _slides.Dispose();
        _backend.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void While_training_goes_on_the_page_renews_itself_and_is_written_now_and_then()
    {
        var live = Live();
        live.Renew(At(4));
        var html = File.ReadAllText(_run.Report);
        Assert.Contains(Refresh, html);
        Assert.Contains("Training goes on: 40 %, about 1 min 30 s left, renewed every 30 s. This is of 2026-01-02 03:04:05 UTC; "
            + "if that is long past, the run was ended from outside, and engine train --resume goes on.", html);
        Assert.Contains("What the network saw", html);
        Assert.DoesNotContain("<h2>Scores</h2>", html);

        live.Validated(At(5), [Scores()]);
        _clock.Seconds += 9;
        live.Renew(At(5));
        Assert.Equal(html, File.ReadAllText(_run.Report));
        _clock.Seconds += 2;
        live.Renew(At(6));
        html = File.ReadAllText(_run.Report);
        Assert.Contains("Training goes on: 60 %, about 1 min 0 s left", html);
        Assert.Contains("The last validation, at iteration 5.", html);
        Assert.Contains("It learnt: the mean Dice of all classes is 0.857", html);
        Assert.Contains("<td style=\"background:rgba(9,105,218,", html);
    }

    [Fact]
    public void A_stopped_or_failed_run_says_so_and_how_to_go_on()
    {
        Live().Stopped(At(4));
        var html = File.ReadAllText(_run.Report);
        Assert.Contains("<p class=\"status\">Training was stopped after 4 of 10 iterations.</p>", html);
        Assert.DoesNotContain("http-equiv", html);

        File.WriteAllText(_run.Checkpoint, "");
        Live().Stopped(At(10) with { Finished = true });
        Assert.Contains($"<p class=\"status\">Training was stopped after 10 of 10 iterations, before the best model was scored. "
            + $"Go on with: engine train -c &quot;{_run.Config}&quot; -o &quot;{_run.Path}&quot; --resume</p>", File.ReadAllText(_run.Report));

        Live().Stopped(At(4), new EngineError("the loss became NaN"));
        Assert.Contains("Training failed after 4 of 10 iterations: the loss became NaN. Go on with: ", File.ReadAllText(_run.Report));
    }

    [Fact]
    public void A_report_that_cannot_be_written_stops_no_training_and_hides_no_error()
    {
        Directory.CreateDirectory(_run.Report);
        Live().Stopped(At(4));
        Live().Renew(At(4));
        Assert.Throws<WriteError>(() => Live().Finished(At(10), []));
    }

    [Fact]
    public void A_run_without_validation_slides_has_a_report_that_says_so()
    {
        var live = new LiveReport(_run, _config, _data with { Validation = [] }, _backend, _clock);
        live.Finished(At(10) with { Finished = true, BestIteration = 10 }, []);
        var html = File.ReadAllText(_run.Report);
        Assert.Contains("No slide was held out", html);
        Assert.Contains("Balance of classes", html);
        Assert.All(["http-equiv", "class=\"status\"", "<h2>Scores", "<h2>Worst", "<h2>Slides", "<h2>Patients"], text => Assert.DoesNotContain(text, html));
    }

    [Fact]
    public void What_the_network_saw_are_the_bytes_of_the_first_update()
    {
        var seen = SeenPatches.Of(_config, _data, _backend);
        var (sampler, settings, size) = (TrainingPatches.Sampler(_config, _data), _config.Augmentation.ToSettings(), _config.Data.PatchSize);
        var loader = TrainingPatches.Loader(_config, _data);
        Assert.Equal(2, seen.Count);
        for (var i = 0; i < 2; i++)
        {
            var (request, rgb, labels) = (sampler.Draw(0, i), new byte[size * size * 3], new byte[size * size]);
            loader.Load(request, rgb, labels, new float[loader.RowLength]);
            var augmentation = Augmentation.Draw(settings, request.AugmentSeed);
            rgb = AugmentationByHand.Colours(augmentation, rgb, size);
            Assert.Equal(Pictures.ToJpegBytes(rgb, size, size), seen[i].Picture);
            Slides.Checks.Overlay.Draw(rgb, AugmentationByHand.Labels(augmentation, labels, size), size, size, Slides.Annotations.ClassPalette.Usual);
            Assert.Equal(Pictures.ToJpegBytes(rgb, size, size), seen[i].Truth);
        }
        Assert.StartsWith("synth_000 at (", seen[0].Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_of_the_patches_trained_on_are_those_that_were_loaded()
    {
        const int iterations = 40;
        var (sampler, loader) = (TrainingPatches.Sampler(_config, _data), TrainingPatches.Loader(_config, _data));
        var batch = new PatchBatch(2, _config.Data.PatchSize, loader.RowLength);
        var loaded = new double[256];
        for (var i = 0; i < iterations; i++)
        {
            batch.Fill(i, sampler, loader);
            foreach (var label in batch.Labels)
                loaded[label]++;
        }
        var told = SampledClasses.Of(_config, _data, iterations);
        Assert.Equal(loaded[1] / (loaded[0] + loaded[1]), told[1] / told.Sum(), 0.05);
        Assert.Equal(0, SampledClasses.Of(_config, _data, 0).Sum());
        // There is more foreground in the patches than on the slide, which is what the share of positives is for.
        Assert.True(told[1] / told.Sum() > _data.ClassAreas[1] / _data.ClassAreas.Sum());
    }

    private LiveReport Live() => new(_run, _config, _data, _backend, _clock);

    private static TrainingProgressState At(int iteration) => new() { Iteration = iteration, Seconds = 15 * iteration };

    private static SlideScores Scores() => new(new([[640, 60], [60, 240]], [0, 0]), []);

    private static TrainConfig ConfigOf(string manifest) => new()
    {
        Network = new() { Width = 2, GicnChannels = 4, K = 3 },
        Data = new()
        {
            Manifest = manifest,
            Mpp = 2,
            PatchSize = 64,
            Stride = 32,
            Labels = [new() { Groups = ["tumor"], Class = "tumour" }, new() { Groups = ["exclusion"], Class = "background" }],
        },
        Training = new() { Iterations = 10, BatchSize = 2, Threads = 2 },
    };

    private sealed class StandingClock : TimeProvider
    {
        public long Seconds { get; set; } = 100;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;

        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }
}
