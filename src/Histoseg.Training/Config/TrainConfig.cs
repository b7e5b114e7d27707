using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides;
using Histoseg.Slides.Formats;
using Histoseg.Slides.Sampling;

namespace Histoseg.Training.Config;

/// <summary>Everything a training run is told: the content of <c>train.yaml</c>. YAML keys are the property names in snake_case.</summary>
/// <remarks>Each section lists its keys with units and ranges; <see cref="Validate"/> checks them all.</remarks>
public sealed partial record TrainConfig : IConfig
{
    /// <summary>Fewest patches per update: the coarsest pooling level has one value per patch and channel, and batch norm needs more than one.</summary>
    public const int LeastBatch = 2;

    /// <summary>Seed of every random choice of the run: initialisation, sampling, augmentation, splits.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Which network, how wide, and where its first weights come from.</summary>
    /// <remarks>Its name may be written in any case.</remarks>
    public NetworkDescription Network
    {
        get;
        init => field = value with { Name = Segmentation.Networks.Network.Canonical(value.Name) };
    } = new();

    /// <summary>Slides or pictures, their truth, and how patches are taken.</summary>
    public DataConfig Data { get; init; } = new();

    /// <summary>Random changes made to training patches.</summary>
    public AugmentationConfig Augmentation { get; init; } = new();

    /// <summary>How long, how often.</summary>
    public TrainingConfig Training { get; init; } = new();

    /// <summary>The loss.</summary>
    public LossConfig Loss { get; init; } = new();

    /// <summary>The optimiser.</summary>
    public OptimiserConfig Optimiser { get; init; } = new();

    /// <summary>The learning-rate schedule.</summary>
    public ScheduleConfig Schedule { get; init; } = new();

    /// <summary>How whole slides are segmented during validation.</summary>
    public InferenceConfig Inference { get; init; } = new();
}

/// <summary>Section <c>data</c>: either <see cref="Manifest"/>, or <see cref="Images"/> with <see cref="Masks"/>.</summary>
public sealed record DataConfig
{
    /// <summary>Manifest CSV of slides (<c>slide,annotation,mask,split,patient,mpp</c>), or null.</summary>
    [ConfigPath]
    public string? Manifest { get; init; }

    /// <summary>Folder of plain pictures, or null.</summary>
    [ConfigPath]
    public string? Images { get; init; }

    /// <summary>Folder of masks named as the pictures are, or null.</summary>
    [ConfigPath]
    public string? Masks { get; init; }

    /// <summary>CSV that tells each picture's patient (and split, if it has that column), or null.</summary>
    [ConfigPath]
    public string? Patients { get; init; }

    /// <summary>µm per pixel the network sees, above 0; null: the pictures' own pixels.</summary>
    public double? Mpp { get; init; }

    /// <summary>µm per level-0 pixel of every slide, whatever manifest and files say; above 0; null: what they say.</summary>
    public double? MppOverride { get; init; }

    /// <summary>Side of the square training patch in pixels; a multiple of the network's output stride, at least 32.</summary>
    public int PatchSize { get; init; } = 512;

    /// <summary>Distance between patches of the sampling grid in pixels; at least 1.</summary>
    public int Stride { get; init; } = 512;

    /// <summary>What counts as tissue: what is not white, or what is coloured by Otsu's threshold on the whole slide.</summary>
    public TissueRule Tissue { get; init; }

    /// <summary>With the rule <see cref="TissueRule.White"/>, a pixel whose R, G and B all exceed this is background; 1…255 (255: nothing is).</summary>
    public int TissueThreshold { get; init; } = 220;

    /// <summary>Smallest share of tissue pixels a patch must have to be sampled; 0…1.</summary>
    public double MinTissue { get; init; } = 0.05;

    /// <summary>Class names; the index is the label, the first is the background; 2…255 different names.</summary>
    public IReadOnlyList<string> Classes { get; init; } = ["background", "tumour"];

    /// <summary>Colours of classes by name, as #rrggbb, in label maps, polygons, reports and the viewer; null, or none for a class: its usual colour.</summary>
    public IReadOnlyDictionary<string, string>? Colours { get; init; }

    /// <summary>Which annotation groups are painted as which class; later rules paint over earlier ones.</summary>
    public IReadOnlyList<LabelRuleConfig> Labels { get; init; } = [];

    /// <summary>Annotation groups outside which no pixel counts; empty: the whole slide counts.</summary>
    public IReadOnlyList<string> RegionsOfInterest { get; init; } = [];

    /// <summary>Annotation groups that are known and painted nowhere.</summary>
    public IReadOnlyList<string> IgnoredGroups { get; init; } = [];

    /// <summary>Mask pixel value (0…255) to class name or <c>ignore</c>; null: the value is the label.</summary>
    public IReadOnlyDictionary<int, string>? MaskValues { get; init; }

    /// <summary>Where annotations and masks are counted from on slides that tell which part the scanner scanned.</summary>
    public CoordinateOrigin Origin { get; init; }

    /// <summary>The largest picture that has to be decoded in one piece, 10⁶ pixels, 1…100 000; tiled slides may be larger.</summary>
    public int MaxMegapixels { get; init; } = PictureLimit.Default.Megapixels;

    /// <summary>Share of patients held out for validation where no split is given; 0…0.9.</summary>
    public double ValidationShare { get; init; } = 0.2;

    /// <summary>Share of training patches that hold some foreground; 0…1.</summary>
    public double PositiveShare { get; init; } = 0.5;
}

/// <summary>One rule of <c>data.labels</c>.</summary>
public sealed record LabelRuleConfig
{
    /// <summary>Annotation group names, compared without regard to case; at least one.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Class they are painted as: a name of <c>data.classes</c>, or <c>ignore</c>.</summary>
    public string Class { get; init; } = "";
}

/// <summary>Section <c>augmentation</c>.</summary>
public sealed record AugmentationConfig
{
    /// <summary>The eight flips and quarter turns.</summary>
    public bool Flips { get; init; } = true;

    /// <summary>Strength of the stain change in HED space; 0 (none)…0.5.</summary>
    public double StainJitter { get; init; } = 0.05;

    /// <summary>Smallest zoom; 0.5…1.</summary>
    public double ScaleMin { get; init; } = 0.9;

    /// <summary>Largest zoom; 1…2.</summary>
    public double ScaleMax { get; init; } = 1.1;

    /// <summary>Share of patches that are blurred; 0…1.</summary>
    public double BlurProbability { get; init; } = 0.1;

    /// <summary>Largest standard deviation of the blur in pixels; 0…5.</summary>
    public double BlurSigma { get; init; } = 1.0;

    /// <summary>The same as the loader takes it.</summary>
    internal AugmentationSettings ToSettings() => new()
    {
        Flips = Flips,
        StainJitter = StainJitter,
        ScaleMin = ScaleMin,
        ScaleMax = ScaleMax,
        BlurProbability = BlurProbability,
        BlurSigma = BlurSigma,
    };
}

/// <summary>Section <c>training</c>.</summary>
public sealed record TrainingConfig
{
    /// <summary>Updates to make; at least 1.</summary>
    public int Iterations { get; init; } = 100_000;

    /// <summary>Patches per update; 2…1024. The coarsest pooling level has one value per patch and channel, and batch norm needs more than one.</summary>
    public int BatchSize { get; init; } = 4;

    /// <summary>Updates between whole-slide validations; 0: only at the end.</summary>
    public int ValidateEvery { get; init; } = 2000;

    /// <summary>Validations without improvement after which training stops; 0: never.</summary>
    public int Patience { get; init; }

    /// <summary>Updates between checkpoints; at least 1.</summary>
    public int CheckpointEvery { get; init; } = 500;

    /// <summary>Where to train: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c> (the second GPU) or <c>auto</c>: the first GPU if one serves, else the CPU.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>On a GPU, the number type of activations; the CPU computes in float32 whatever this says.</summary>
    public Precision Precision { get; init; } = Precision.Bf16;

    /// <summary>CPU threads; 0: one per core.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Batches over which the batch norms' statistics are taken before a model is validated and saved; 0: the running averages of training. 0…1000.
    /// </summary>
    public int StatisticsBatches { get; init; }

    /// <summary>
    /// Whether the backward pass computes the forward pass's maps once more instead of finding them kept: less memory, the same result to
    /// the bit, about a third more work.
    /// </summary>
    public bool Checkpointing { get; init; }

    /// <summary>Whether batch norms take the statistics of all ranks together, where several train; else each takes those of its own patches.</summary>
    public bool SyncBatchNorm { get; init; } = true;

    /// <summary>Seconds that ranks wait for one another before the run ends; 1…86400.</summary>
    public double RankTimeout { get; init; } = 600;

    /// <summary>Updates between lines of <c>metrics.csv</c>; at least 1.</summary>
    public int LogEvery { get; init; } = 20;

    /// <summary>Whether the metrics are also written for TensorBoard, into the run folder.</summary>
    public bool Tensorboard { get; init; }

    /// <summary>Minutes after which training ends as if all iterations were done, above 0; null: no limit.</summary>
    public double? MaxMinutes { get; init; }
}

/// <summary>Section <c>loss</c>: cross-entropy + <see cref="LocationWeight"/> · location loss.</summary>
public sealed record LossConfig
{
    /// <summary>Weight α of the location loss; at least 0.</summary>
    public double LocationWeight { get; init; } = 0.5;

    /// <summary>Smoothing k of the location loss; above 0.</summary>
    public double LocationK { get; init; } = 5e-4;

    /// <summary>One cross-entropy weight per class, each at least 0 and one above; null: all 1.</summary>
    public IReadOnlyList<double>? ClassWeights { get; init; }
}

/// <summary>Section <c>optimiser</c>: stochastic gradient descent.</summary>
public sealed record OptimiserConfig
{
    /// <summary>Learning rate the schedule starts from; above 0, at most 10.</summary>
    public double LearningRate { get; init; } = 5e-4;

    /// <summary>Share of it that the backbone learns at, whose pretrained weights need less change than new layers; above 0, at most 1.</summary>
    public double BackboneFactor { get; init; } = 1;

    /// <summary>
    /// Decay of the exponential average of the weights that is validated and saved in place of the weights themselves; 0: no average; 0…0.9999.
    /// </summary>
    public double Averaging { get; init; }

    /// <summary>Momentum; 0…0.9999.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Weight decay added to the gradient; 0…1.</summary>
    public double WeightDecay { get; init; } = 1e-4;
}

/// <summary>How the learning rate goes.</summary>
public enum ScheduleKind
{
    /// <summary>× <see cref="ScheduleConfig.Factor"/> after each <see cref="ScheduleConfig.Every"/> iterations.</summary>
    Exponential,
    /// <summary>× <see cref="ScheduleConfig.StepFactor"/> at each of <see cref="ScheduleConfig.Steps"/>.</summary>
    Step,
    /// <summary>× (1 − iteration ∕ iterations) ^ <see cref="ScheduleConfig.Power"/>.</summary>
    Poly,
    /// <summary>Unchanged.</summary>
    Constant,
}

/// <summary>Section <c>schedule</c>; only the keys of the chosen <see cref="Kind"/> matter.</summary>
public sealed record ScheduleConfig
{
    /// <summary>Which schedule.</summary>
    public ScheduleKind Kind { get; init; } = ScheduleKind.Exponential;

    /// <summary>Exponential: factor, above 0, at most 1.</summary>
    public double Factor { get; init; } = 0.98;

    /// <summary>Exponential: iterations between multiplications; at least 1.</summary>
    public int Every { get; init; } = 10_000;

    /// <summary>Step: iterations at which the rate falls; rising, at least 1.</summary>
    public IReadOnlyList<int> Steps { get; init; } = [380_000, 460_000];

    /// <summary>Step: factor at each step, above 0, at most 1.</summary>
    public double StepFactor { get; init; } = 0.1;

    /// <summary>Poly: power, above 0.</summary>
    public double Power { get; init; } = 0.9;

    /// <summary>Iterations of linear rise from 0 to the learning rate at the start; 0: none.</summary>
    public int WarmupIterations { get; init; }
}

/// <summary>Section <c>inference</c>: whole-slide segmentation in validation.</summary>
public sealed record InferenceConfig
{
    /// <summary>Share of a patch that overlaps its neighbour; 0…0.75.</summary>
    public double Overlap { get; init; } = 0.25;

    /// <summary>Patches per forward pass; at least 1.</summary>
    public int BatchSize { get; init; } = 4;
}
