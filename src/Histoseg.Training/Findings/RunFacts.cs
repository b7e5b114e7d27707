using Histoseg.Segmentation.Evaluation;

namespace Histoseg.Training.Findings;

/// <summary>What is known of a run, as far as the rules look at it.</summary>
internal sealed record RunFacts
{
    /// <summary>Class names, background first.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The loss over iterations, means of equally many updates.</summary>
    public IReadOnlyList<(int Iteration, double Loss)> Losses { get; init; } = [];

    /// <summary>The mean Dice of the classes but background at each validation.</summary>
    public IReadOnlyList<(int Iteration, double Dice)> Validations { get; init; } = [];

    /// <summary>Pixels of the validation slides by true and predicted class; null: not validated yet.</summary>
    public ConfusionMatrix? Confusion { get; init; }

    /// <summary>The mean Dice of each validation slide; null where it shows background only, in truth and prediction.</summary>
    public IReadOnlyList<(string Name, double? Dice)> Slides { get; init; } = [];

    /// <summary>The mean Dice of each patient of the validation slides; null as of slides.</summary>
    public IReadOnlyList<(string Name, double? Dice)> Patients { get; init; } = [];

    /// <summary>What ended it.</summary>
    public RunEnd End { get; init; }

    /// <summary>Updates made.</summary>
    public int Iterations { get; init; }

    /// <summary><c>training.iterations</c>.</summary>
    public int IterationsSet { get; init; }

    /// <summary><c>training.max_minutes</c>.</summary>
    public double? MinutesSet { get; init; }

    /// <summary>The learning rate: the highest, that of the last update, and that of the last of all iterations set.</summary>
    public (double Highest, double Last, double Planned) Rate { get; init; }

    /// <summary>The classes but background.</summary>
    public IReadOnlyList<ClassSamples> Samples { get; init; } = [];

    /// <summary>Patients of the training slides.</summary>
    public int TrainingPatients { get; init; }

    /// <summary>Patients of the validation slides; 0: there are no such slides.</summary>
    public int ValidationPatients { get; init; }

    /// <summary>µm per pixel the network sees; null: the slides' own pixels.</summary>
    public double? Mpp { get; init; }

    /// <summary>µm per pixel of each training slide itself.</summary>
    public IReadOnlyList<double> SlideScales { get; init; } = [];

    /// <summary>Patches trained on.</summary>
    public long Patches { get; init; }

    /// <summary>Those of them that could not be read.</summary>
    public long Unreadable { get; init; }
}
