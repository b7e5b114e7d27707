using System.CommandLine;
using System.Globalization;
using Histoseg.Cli.Terminal;
using Histoseg.Engine.Backends;
using Histoseg.Segmentation;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Models;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine infer</c>: segments slides.</summary>
internal sealed class InferVerb : Verb
{
    private static readonly SegmentationSettings Defaults = new();
    private static readonly string AllKinds = string.Join(',', OutputKinds.All);

    private readonly Option<string[]> _inputs =
        new("--input", "-i") { Description = "Slides, pictures, folders of them, patterns", Required = true, AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> _out = new("--out", "-o") { Description = "Folder for the results", Required = true };
    private readonly Option<string> _model = new("--model", "-m") { Description = "The model folder that training wrote", Required = true };
    private readonly Option<string> _kinds = new("--output") { Description = $"What to write per slide, of {AllKinds}", DefaultValueFactory = _ => AllKinds };
    private readonly Option<double?> _mpp = new("--mpp") { Description = "µm per pixel the network sees; the model's own if not given" };
    private readonly Option<double?> _mppOverride = new("--mpp-override") { Description = "µm per pixel of every slide, whatever the files say" };
    private readonly Option<double> _overlap =
        new("--overlap") { Description = "Share of a patch's side in common with its neighbour, 0 to 0.9", DefaultValueFactory = _ => Defaults.Overlap };
    private readonly Option<int?> _batchSize = new("--batch-size") { Description = "Patches per forward pass; if not given, what suits the device" };
    private readonly PatchSizeOption _patchSize = new("Side of the patch in pixels, a multiple of the network's output stride; "
        + "the one trained with if not given. Larger: fewer seams, but not what the network was trained on");
    private readonly Option<int> _threads = new("--threads") { Description = "CPU threads; 0: one per core" };
    private readonly Option<string?> _device = DeviceOption.Create("auto if not given");
    private readonly Option<Precision> _precision =
        new("--precision") { Description = "On a GPU: bf16, tf32 or fp32; the CPU computes in float32", DefaultValueFactory = _ => Precision.Bf16 };
    private readonly Option<bool> _tta = new("--tta") { Description = "Average over the 8 flips and rotations: eight times the work" };
    private readonly Option<bool> _crf =
        new("--crf") { Description = "Refine the network's answers by a fully connected CRF with fixed weights, which follows edges of colour" };
    private readonly Option<double> _minObject =
        new("--min-object-mm2") { Description = "Remove objects smaller than this from the label map; 0: none, and outlines of all" };
    private readonly Option<double> _fillHoles =
        new("--fill-holes-mm2") { Description = "Fill holes in the foreground smaller than this; done before objects are measured; 0: none" };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Segment again what is done" };

    /// <summary>The verb.</summary>
    public InferVerb(Session session) : base(
        "infer",
        "Segments slides, folders of slides or plain pictures with a trained model.",
        """
        engine infer -i slide.svs -m RUN/model -o out
        engine infer -i slides/ -m RUN/model -o out --output mask,geojson
        engine infer -i 'slides/**/*.ndpi' -m RUN/model -o out --tta --overwrite
        engine infer -i scan.svs -m RUN/model -o out --mpp-override 0.25
        engine infer -i scan.svs -m RUN/model -o out --min-object-mm2 0.01 --fill-holes-mm2 0.005
        engine infer -i slides/ -m RUN/model -o out --device cuda:1 --batch-size 32
        engine infer -i slides/ -m RUN/model -o out-crf --crf
        """,
        session)
    {
        foreach (var option in new Option[] { _inputs, _out, _model, _kinds, _mpp, _mppOverride, _overlap, _batchSize, _patchSize.Option, _device, _precision,
            _threads, _tta, _crf, _minObject, _fillHoles, _overwrite })
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
        if (given.GetValue(_device) is { } device)
            DeviceOption.Checked(device);
        var (wantedMpp, givenMpp) = (Positive(given, _mpp), Positive(given, _mppOverride));
        var (minObject, fillHoles) = (Area(given, _minObject), Area(given, _fillHoles));
        var kinds = OutputsOf(given.GetValue(_kinds)!);
        var folder = given.GetValue(_model)!;
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
        };
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
            Overwrite = given.GetValue(_overwrite),
        };
        var output = given.GetValue(_out)!;
        var result = ProgressDisplay.Run(Session, "segmenting", progress =>
        {
            Session.OutputFolder = output;
            return opened.SegmentAll(given.GetValue(_inputs)!, output, settings, new Told<InferenceProgress>(state => Show(progress, state)), Remedies.InWords,
                Session.Cancel);
        });
        foreach (var slide in result.Slides)
            Session.Out.WriteLine($"{slide.Status.ToString().ToLowerInvariant(),-8}{slide.Path}");
        foreach (var input in result.Slides.Where(slide => slide.Name.Length == 0))
            Session.Error.WriteLine($"engine: {input.Error}");
        if (result.Cancelled)
            Session.Error.WriteLine("engine: stopped; the same command goes on with the slides that are left");
        return ExitCode.Of(result.Outcome);
    }

    private static void Show(IProgressDisplay progress, InferenceProgress state)
    {
        if (state.Outcome?.Error is { } error)
            progress.Note($"engine: {error}");
        foreach (var note in state.Outcome?.Notes ?? [])
            progress.Note($"engine: {note}");
        var done = state.Outcome is null ? state.Slide - 1 + state.Share : state.Slide;
        progress.Show(done / state.Slides,
            string.Create(CultureInfo.InvariantCulture,
            $"{state.Slide}/{state.Slides} {Path.GetFileName(state.Path)}, {state.PatchesPerSecond:0.0} patches/s"));
    }

    private static double? Positive(ParseResult given, Option<double?> option) =>
        given.GetValue(option) is not { } value || value is > 0 and <= 1000 ? given.GetValue(option)
        : throw new ConfigError(FormattableString.Invariant($"{option.Name} {value}: it is µm per pixel, above 0"));

    private static double Area(ParseResult given, Option<double> option) =>
        given.GetValue(option) is >= 0 and <= 1e6 and var value ? value
        : throw new ConfigError(FormattableString.Invariant($"{option.Name} {given.GetValue(option)}: it is an area in mm², 0 or more"));

    private static OutputKind[] OutputsOf(string list) =>
    [
        .. list.Split(',', StringSplitOptions.TrimEntries).Distinct().Select(kind => OutputKinds.Find(kind) ?? throw new ConfigError(
            $"--output {list}: '{kind}' is none of {string.Join(", ", OutputKinds.All)}; did you mean "
                + $"'{NearestName.Closest(kind, OutputKinds.All.Select(known => known.Name))}'?")),
    ];
}
