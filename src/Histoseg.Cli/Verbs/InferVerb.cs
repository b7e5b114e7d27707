using System.CommandLine;
using Histoseg.Cli.Terminal;
using Histoseg.Cli.Workers;
using Histoseg.Engine.Backends;
using Histoseg.Segmentation;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;
using Histoseg.Slides.Formats;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine infer</c>: segments slides.</summary>
internal sealed class InferVerb : Verb
{
    private static readonly SegmentationSettings Defaults = new();
    private static readonly string UsualKinds = string.Join(',', OutputKinds.Usual);

    /// <summary>The verb's name.</summary>
    internal const string Word = "infer";

    /// <summary>The option, which the help does not show, of the process that segments.</summary>
    internal const string AsWorker = "--as-worker";

    private readonly Option<string[]> _inputs =
        new("--input", "-i") { Description = "Slides, pictures, folders of them, patterns", Required = true, AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> _out = new("--out", "-o") { Description = "Folder for the results", Required = true };
    private readonly Option<string> _model = new("--model", "-m") { Description = "The model folder that training wrote", Required = true };
    private readonly Option<string> _kinds = new("--output")
    { Description = $"What to write per slide, of {string.Join(',', OutputKinds.All)}", DefaultValueFactory = _ => UsualKinds };
    private readonly Option<double?> _mpp = NumberOption.Create<double>("--mpp", "µm per pixel the network sees; the model's own if not given");
    private readonly Option<double?> _mppOverride = NumberOption.Create<double>("--mpp-override", "µm per pixel of every slide, whatever the files say");
    private readonly Option<double> _overlap =
        NumberOption.Create("--overlap", "Share of a patch's side in common with its neighbour, 0 to 0.9", Defaults.Overlap);
    private readonly Option<int?> _batchSize = NumberOption.Create<int>("--batch-size", "Patches per forward pass; if not given, what suits the device");
    private readonly PatchSizeOption _patchSize = new("Side of the patch in pixels, a multiple of the network's output stride; "
        + "the one trained with if not given. Larger: fewer seams, but not what the network was trained on");
    private readonly Option<int> _threads = NumberOption.Create("--threads", "CPU threads; 0: one per core", 0);
    private readonly Option<string?> _device = DeviceOption.Create("auto if not given");
    private readonly Option<Precision> _precision =
        ChoiceOption.Create("--precision", "On a GPU: bf16, tf32 or fp32; the CPU computes in float32", Precision.Bf16);
    private readonly Option<bool> _tta = new("--tta") { Description = "Average over the 8 flips and rotations: eight times the work" };
    private readonly Option<bool> _exact = new("--exact")
    { Description = "Compute the network just as it is defined, without what gives the same up to rounding in less time" };
    private readonly Option<bool> _crf =
        new("--crf") { Description = "Refine the network's answers by a fully connected CRF with fixed weights, which follows edges of colour" };
    private readonly Option<double> _minObject =
        NumberOption.Create("--min-object-mm2", "Remove objects smaller than this from the label map; 0: none, and outlines of all", 0.0);
    private readonly Option<double> _fillHoles =
        NumberOption.Create("--fill-holes-mm2", "Fill holes in the foreground smaller than this; done before objects are measured; 0: none", 0.0);
    private readonly Option<double?> _simplify = NumberOption.Create<double>("--simplify-um",
        "How far outlines may lie from the label map's, µm; if not given, 0 in geojson and up to a pixel of the label map in the other kinds");
    private readonly OriginOption _origin = new("Where polygons are counted from");
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Segment again what is done" };

    private readonly Option<bool> _retryFailed =
        new("--retry-failed") { Description = "Try slides again that failed before with the same model and settings" };

    private readonly Option<Shard?> _shard = ShardOption.Create();

    private readonly Option<LogFormat> _logFormat =
        ChoiceOption.Create(JsonLog.Option, "What stderr gets: text, or json, an event a line for programs", LogFormat.Text);

    private readonly Option<int> _slideTimeout =
        NumberOption.Create("--slide-timeout", "Minutes after which a slide of which nothing comes is given up; 0: never", 30);

    private readonly Option<int> _maxMegapixels = NumberOption.Create("--max-megapixels",
        "The largest picture that has to be decoded in one piece; tiled slides may be larger", PictureLimit.Default.Megapixels);

    private readonly Option<bool> _asWorker = new(AsWorker) { Hidden = true };

    /// <summary>The verb.</summary>
    public InferVerb(Session session) : base(
        Word,
        "Segments slides, folders of slides or plain pictures with a trained model.",
        """
        engine infer -i slide.svs -m RUN/model -o out
        engine infer -i slides/ -m RUN/model -o out --output mask,geojson
        engine infer -i slides/ -m RUN/model -o out --output asap,regions --simplify-um 1
        engine infer -i 'slides/**/*.ndpi' -m RUN/model -o out --tta --overwrite
        engine infer -i scan.svs -m RUN/model -o out --mpp-override 0.25
        engine infer -i scan.svs -m RUN/model -o out --min-object-mm2 0.01 --fill-holes-mm2 0.005
        engine infer -i slides/ -m RUN/model -o out --device cuda:1 --batch-size 32
        engine infer -i slides/ -m RUN/model -o out-crf --crf
        engine infer -i slides/ -m RUN/model -o out --shard 2/8
        engine infer -i slides/ -m RUN/model -o out --retry-failed --log-format json
        """,
        session)
    {
        foreach (var option in new Option[] { _inputs, _out, _model, _kinds, _mpp, _mppOverride, _overlap, _batchSize, _patchSize.Option, _device, _precision,
            _threads, _tta, _crf, _exact, _minObject, _fillHoles, _simplify, _origin.Option, _overwrite, _retryFailed, _shard, _logFormat,
            _slideTimeout, _maxMegapixels, _asWorker })
            Add(option);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var (batch, threads, overlap) = (given.GetValue(_batchSize), given.GetValue(_threads), given.GetValue(_overlap));
        if (batch is < 1 or > 1024)
            throw new ConfigError($"--batch-size {batch}: it is 1 to 1024");
        if (threads is < 0 or > 1024)
            throw new ConfigError($"--threads {threads}: it is 0 to 1024");
        if (!(overlap is >= 0 and <= 0.9))
            throw new ConfigError(FormattableString.Invariant($"--overlap {overlap}: it is 0 to 0.9"));
        if (given.GetValue(_maxMegapixels) is < 1 or > PictureLimit.Most)
            throw new ConfigError(FormattableString.Invariant($"--max-megapixels: it is 1 to {PictureLimit.Most}"));
        if (given.GetValue(_device) is { } device)
            DeviceOption.Checked(device);
        var (wantedMpp, givenMpp) = (Positive(given, _mpp), Positive(given, _mppOverride));
        var (minObject, fillHoles) = (Area(given, _minObject), Area(given, _fillHoles));
        var simplify = given.GetValue(_simplify);
        if (simplify is not (null or >= 0 and <= 1000))
            throw new ConfigError(FormattableString.Invariant($"{_simplify.Name} {simplify}: it is µm, 0 to 1000"));
        var kinds = OutputsOf(given.GetValue(_kinds)!);
        var isWorker = given.GetValue(_asWorker);
        if (wantedMpp is { } mpp && !isWorker && SlideScale.Unusual(mpp, _mpp.Name) is { } unusual)
            Session.Error.WriteLine($"engine: {unusual}");
        var shard = given.GetValue(_shard)
            ?? SchedulerShard.Find(Environment.GetEnvironmentVariable, line => (isWorker ? TextWriter.Null : Session.Error).WriteLine($"engine: {line}"));
        var folder = given.GetValue(_model)!;
        if (Session.Program is { } program && !isWorker)
        {
            // What else is wrong with the model the worker tells.
            ModelFolder.RequireIs(folder);
            return Supervised(program, Patience(given));
        }
        var description = ModelFolder.LoadDescription(folder);
        var crf = given.GetValue(_crf);
        if (crf && description.Network.Crf is not null)
            throw new ConfigError($"--crf: the model {folder} has a CRF as its last layer already, trained with it; leave --crf out");
        var model = new ModelSettings
        {
            Device = given.GetValue(_device) ?? "auto",
            Precision = given.GetValue(_precision),
            Threads = threads,
            BatchSize = batch,
            PatchSize = _patchSize.Of(given, description),
            MicronsPerPixel = wantedMpp,
            Crf = crf,
            Exact = given.GetValue(_exact),
        };
        using var worker = isWorker ? new InferWorker(Session, Console.In) : null;
        using var opened = SegmentationModel.Open(folder, model, Session.Devices, line => Session.Error.WriteLine($"engine: {line}"));
        var settings = opened.DefaultSettings with
        {
            Overlap = overlap,
            Tta = given.GetValue(_tta),
            Outputs = kinds,
            MppOverride = givenMpp,
            MinObjectMm2 = minObject,
            AllOutlines = minObject == 0 && given.GetResult(_minObject) is { Implicit: false },
            FillHolesMm2 = fillHoles,
            SimplifyUm = simplify,
            PolygonOrigin = given.GetValue(_origin.Option) ?? Defaults.PolygonOrigin,
            Overwrite = given.GetValue(_overwrite),
            RetryFailed = given.GetValue(_retryFailed),
            MaxMegapixels = given.GetValue(_maxMegapixels),
        };
        var output = given.GetValue(_out)!;
        if (worker is not null)
        {
            Session.OutputFolder = output;
            var result = opened.SegmentPart(given.GetValue(_inputs)!, output, settings,
                new Told<InferenceProgress>(state => worker.Tell(new() { Progress = state })), Remedies.InWords, new()
                {
                    Earlier = worker.Earlier,
                    Shard = shard,
                    Begun = start => worker.Tell(new() { Start = start }),
                    LookingAt = path => worker.Tell(new() { LookingAt = path }),
                    Beside = slides => worker.Tell(new() { Beside = slides }),
                    Disk = new(path => worker.Tell(new() { LookingAt = path })),
                }, worker.Cancel);
            worker.Tell(new() { Result = result });
            return ExitCode.Of(result.Outcome);
        }
        return Tell(Watched(display =>
        {
            Session.OutputFolder = output;
            return opened.SegmentPart(given.GetValue(_inputs)!, output, settings, new Told<InferenceProgress>(display.Report), Remedies.InWords,
                new() { Shard = shard, Begun = display.Begin, Disk = new(_ => { }) }, Session.Cancel);
        }));
    }

    private int Supervised(IReadOnlyList<string> program, TimeSpan patience)
    {
        var given = Session.CommandLine;
        try
        {
            return Tell(Watched(display =>
                new Supervisor([.. program, .. given, AsWorker], patience, display, showsAll: given.Contains("--verbose")).Run(Session.Cancel)));
        }
        catch (WorkerEnded ended)
        {
            return ended.Code;
        }
    }

    private BatchInferenceResult Watched(Func<IInferenceDisplay, BatchInferenceResult> work) =>
        Session.Log is { } log ? work(new InferenceEvents(log, TimeProvider.System))
        : ProgressDisplay.Run(Session, "segmenting", progress => work(new InferenceLines(progress)));

    private int Tell(BatchInferenceResult result)
    {
        Session.Result = result;
        foreach (var slide in result.Slides)
            Session.Out.WriteLine(Visible.Line($"{slide.Status.ToString().ToLowerInvariant(),-8}{slide.Path}"));
        if (result.Times.Limit is { } limit && Session.Log is null)
            Session.Error.WriteLine($"engine: time went into {result.Times}; the limit was {(limit == "network" ? "the network" : limit)}");
        if (result.FailedBefore > 0)
            Session.Error.WriteLine($"engine: {Figures.Count(result.FailedBefore, "slide")} failed in another run with this model and these settings and "
                + $"{(result.FailedBefore == 1 ? "was" : "were")} not tried again ({_retryFailed.Name} does)");
        foreach (var input in result.Slides.Where(slide => slide.Name.Length == 0))
        {
            if (Session.Log is { } log)
                InferenceEvents.Fail(log, input);
            else
                Session.Error.WriteLine(Visible.Line($"engine: {input.Error}"));
        }
        if (result.Cancelled)
            Session.Error.WriteLine("engine: stopped; the same command goes on with the slides that are left");
        return result.Cancelled ? ExitCode.Stopped : ExitCode.Of(result.Outcome);
    }

    private TimeSpan Patience(ParseResult given) => given.GetValue(_slideTimeout) switch
    {
        0 => Timeout.InfiniteTimeSpan,
        > 0 and <= 7 * 24 * 60 and var minutes => TimeSpan.FromMinutes(minutes),
        var minutes => throw new ConfigError(FormattableString.Invariant($"{_slideTimeout.Name} {minutes}: it is 1 to 10080 minutes, or 0 for no limit")),
    };

    private static double? Positive(ParseResult given, Option<double?> option) =>
        given.GetValue(option) is not { } value || value is > 0 and <= 1000 ? given.GetValue(option)
        : throw new ConfigError(FormattableString.Invariant($"{option.Name} {value}: it is µm per pixel, above 0"));

    private static double Area(ParseResult given, Option<double> option) =>
        given.GetValue(option) is >= 0 and <= 1e6 and var value ? value
        : throw new ConfigError(FormattableString.Invariant($"{option.Name} {given.GetValue(option)}: it is an area in mm², 0 or more"));

    private static OutputKind[] OutputsOf(string list) =>
    [
        .. list.Split(',', StringSplitOptions.TrimEntries).Select(kind => OutputKinds.Find(kind) ?? throw new ConfigError(
            $"--output {list}: '{kind}' is none of {string.Join(", ", OutputKinds.All)}; did you mean "
                + $"'{NearestName.Closest(kind, OutputKinds.All.Select(known => known.Name))}'?")).Distinct(),
    ];
}
