using System.Text.Json;
using Histoseg.Engine;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Training.Studies;

/// <summary>What came of a run, for the tables: the content of <c>result.json</c>, which is written last.</summary>
internal sealed record RunResult
{
    /// <summary>Its file in the run folder.</summary>
    public const string File = "result.json";

    /// <summary>The folder of the held-out slides' label maps.</summary>
    public const string Predictions = "predictions";

    // Version 1 had the number of classes among the network's keys, and is read as it is.
    private const int Format = 2;

    /// <summary>Version of this file's form.</summary>
    public int FormatVersion { get; init; } = Format;

    /// <summary>The network.</summary>
    public required NetworkDescription Network { get; init; }

    /// <summary>The fold held out, from 1; null where the data's own split is.</summary>
    public int? Fold { get; init; }

    /// <summary>Seed of the run.</summary>
    public required int Seed { get; init; }

    /// <summary>Class names; the index is the label.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>Learned numbers.</summary>
    public required long Parameters { get; init; }

    /// <summary>Those that are not the backbone's.</summary>
    public required long ParametersWithoutBackbone { get; init; }

    /// <summary>Pixels per step of the coarsest map.</summary>
    public required int OutputStride { get; init; }

    /// <summary>Updates made.</summary>
    public required int Iterations { get; init; }

    /// <summary>The update the model is of.</summary>
    public required int ModelIteration { get; init; }

    /// <summary>Minutes spent training, over all starts.</summary>
    public required double TrainingMinutes { get; init; }

    /// <summary>Minutes spent on the held-out slides.</summary>
    public required double EvaluationMinutes { get; init; }

    /// <summary>Where it was trained and evaluated, in words.</summary>
    public required string Device { get; init; }

    /// <summary>Regions with fewer pixels of the label map are XS, the others XL.</summary>
    public required long SizeLimit { get; init; }

    /// <summary>The held-out slides.</summary>
    public required IReadOnlyList<SlideCounts> Slides { get; init; }

    /// <summary>Writes it, whole or not at all.</summary>
    /// <exception cref="WriteError">The folder or the disk does not take it.</exception>
    public void Save(string folder) => WholeFile.WriteText(Path.Combine(folder, File), JsonSerializer.Serialize(this, StudyJson.Options) + "\n");

    /// <summary>Reads that of a run folder; null where the run is not finished.</summary>
    /// <exception cref="EngineError">It is damaged or of another version.</exception>
    public static RunResult? Load(string folder)
    {
        var path = Path.Combine(folder, File);
        if (!System.IO.File.Exists(path))
            return null;
        var result = StudyJson.Read<RunResult>(path);
        return result.FormatVersion is 1 or Format ? result
            : throw new EngineError($"{path}: format version {result.FormatVersion} is not known to this program; update it");
    }
}
