using System.Globalization;
using System.Text.Json;
using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation.Networks;
using Histoseg.Segmentation.Reports;

namespace Histoseg.Segmentation.Training;

/// <summary>How far a run is: with the parameters and momenta all that is needed to go on, since every random choice is a function of seed and iteration.</summary>
public sealed record TrainingProgressState
{
    /// <summary>Updates made.</summary>
    public int Iteration { get; init; }

    /// <summary>Seconds spent training, over all starts.</summary>
    public double Seconds { get; init; }

    /// <summary>Best mean foreground Dice of a validation, or null before the first.</summary>
    public double? BestDice { get; init; }

    /// <summary>Iteration of the best validation.</summary>
    public int BestIteration { get; init; }

    /// <summary>Validations since the best.</summary>
    public int WithoutImprovement { get; init; }

    /// <summary>Patches trained on so far that show foreground.</summary>
    public long Positives { get; init; }

    /// <summary>Patches so far that could not be read.</summary>
    public long Unreadable { get; init; }

    /// <summary>The line of <c>metrics.csv</c> whose validation the run was stopped in and that is still to be made; else null.</summary>
    public MetricsRow? DueRow { get; init; }

    /// <summary>Sums of the updates that are in no line of <c>metrics.csv</c> yet; null: none.</summary>
    public MetricsSums? Window { get; init; }

    /// <summary>Whether the run has ended: all iterations done, time used up, or no improvement any more.</summary>
    public bool Finished { get; init; }
}

/// <summary>A run's <c>last.ckpt</c>: a safetensors file of parameters, running statistics and momenta, with the run's state as metadata.</summary>
public static class Checkpoint
{
    private const string Format = "histoseg-checkpoint-1";

    /// <summary>Writes the checkpoint, whole or not at all.</summary>
    /// <exception cref="EngineError">The folder is not writable or the disk is full.</exception>
    public static void Save(string path, Program<float> program, TrainConfig config, TrainingProgressState state)
    {
        var writer = new SafeTensorsWriter();
        ParameterSet<float>.From(program, ParameterSet<float>.IsPersistent).Save(writer);
        writer.AddMetadata("format", Format);
        writer.AddMetadata("network", JsonSerializer.Serialize(NetworkSettings.From(config)));
        writer.AddMetadata("seed", config.Seed.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata("state", JsonSerializer.Serialize(state));
        writer.Save(path);
    }

    /// <summary>Fills a program from a checkpoint.</summary>
    /// <returns>The state it was saved in.</returns>
    /// <exception cref="EngineError">The file is damaged, no checkpoint, or of another network or seed.</exception>
    public static TrainingProgressState Load(string path, Program<float> program, TrainConfig config)
    {
        using var file = SafeTensors.Open(path);
        if (!file.Metadata.TryGetValue("format", out var format) || format != Format)
            throw new EngineError($"{path}: this is no checkpoint of a training run; start in a new folder");
        var (saved, wanted) = (file.Metadata.GetValueOrDefault("network", ""), JsonSerializer.Serialize(NetworkSettings.From(config)));
        if (saved != wanted)
            throw new EngineError($"{path}: the checkpoint is of another network: it has {InWords(saved)}, the config asks for {InWords(wanted)}; resume with the config it was trained with or start in a new folder");
        if (file.Metadata.GetValueOrDefault("seed") != config.Seed.ToString(CultureInfo.InvariantCulture))
            throw new EngineError($"{path}: the checkpoint was trained with seed {file.Metadata.GetValueOrDefault("seed")}, the config has {config.Seed}; resume with the same seed");
        TrainingProgressState? state;
        try
        {
            state = JsonSerializer.Deserialize<TrainingProgressState>(file.Metadata.GetValueOrDefault("state", "null"));
        }
        catch (JsonException e)
        {
            throw new EngineError($"{path}: the checkpoint's state cannot be read: {e.Message}", e);
        }
        ParameterSet<float>.Load(file).CopyTo(program, path, ParameterSet<float>.IsPersistent);
        return state ?? throw new EngineError($"{path}: the checkpoint has no state");
    }

    private static string InWords(string json) => json.Trim('{', '}').Replace("\"", "", StringComparison.Ordinal).Replace(":", " ", StringComparison.Ordinal).Replace(",", ", ", StringComparison.Ordinal);
}
