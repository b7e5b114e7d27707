using System.Globalization;
using System.Text.Json;
using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation.Networks;
using Histoseg.Training.Config;

namespace Histoseg.Training.Runs;

/// <summary>A run's <c>last.ckpt</c>: a safetensors file of parameters, running statistics and momenta, with the run's state as metadata.</summary>
internal static class Checkpoint
{
    // Format 1 had the network in a form of its own; it is still read.
    private const string Format = "histoseg-checkpoint-2", Format1 = "histoseg-checkpoint-1";

    /// <summary>Writes the checkpoint, whole or not at all.</summary>
    /// <exception cref="WriteError">The folder is not writable or the disk is full.</exception>
    public static void Save(string path, Program<float> program, TrainConfig config, TrainingProgressState state, WeightAverage? average = null)
    {
        var writer = new SafeTensorsWriter();
        ParameterSet<float>.Save(program, ParameterSet<float>.IsPersistent, writer);
        average?.Save(writer);
        writer.AddMetadata("format", Format);
        writer.AddMetadata("network", config.Network.Tensors.ToJson());
        writer.AddMetadata("classes", config.Data.Classes.Count.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata("class_names", JsonSerializer.Serialize(config.Data.Classes));
        writer.AddMetadata("seed", config.Seed.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata("state", JsonSerializer.Serialize(state));
        writer.Save(path);
    }

    /// <summary>Makes sure that a run can go on from a checkpoint, by its header alone.</summary>
    /// <exception cref="EngineError">The file is damaged, no checkpoint, or of another network or seed.</exception>
    public static void RequireFits(string path, TrainConfig config)
    {
        using var file = SafeTensors.Open(path);
        RequireFits(path, file, config);
    }

    /// <summary>The updates that were made when a checkpoint was saved, by its header alone.</summary>
    /// <exception cref="EngineError">The file is damaged.</exception>
    public static int IterationsOf(string path)
    {
        using var file = SafeTensors.Open(path);
        return StateOf(path, file).Iteration;
    }

    /// <summary>Fills a program from a checkpoint.</summary>
    /// <returns>The state it was saved in.</returns>
    /// <exception cref="EngineError">As of <see cref="RequireFits(string, TrainConfig)"/>.</exception>
    public static TrainingProgressState Load(string path, Program<float> program, TrainConfig config, WeightAverage? average = null)
    {
        using var file = SafeTensors.Open(path);
        RequireFits(path, file, config);
        var state = StateOf(path, file);
        var saved = ParameterSet<float>.Load(file);
        saved.CopyTo(program, path, ParameterSet<float>.IsPersistent);
        average?.Load(saved);
        return state;
    }

    /// <summary>What a checkpoint tells of its network; null: the file is none.</summary>
    /// <exception cref="EngineError">It is damaged.</exception>
    public static SavedModel? Saved(string path, SafeTensors file)
    {
        if (!IsCheckpoint(file))
            return null;
        var (network, classes) = NetworkOf(path, file.Metadata);
        var names = file.Metadata.TryGetValue("class_names", out var json) ? Read<string?[]>(path, "class_names", json) : null;
        if (names is not null && (names.Length != classes || names.Contains(null)))
            throw new EngineError($"{path}: the checkpoint's {classes} classes have not a name each: it is damaged; copy it again");
        return new(network, classes, names?.OfType<string>().ToArray(), StateOf(path, file).Iteration);
    }

    private static bool IsCheckpoint(SafeTensors file) => file.Metadata.GetValueOrDefault("format") is Format or Format1;

    private static void RequireFits(string path, SafeTensors file, TrainConfig config)
    {
        if (!IsCheckpoint(file))
            throw new EngineError($"{path}: this is no checkpoint of a training run; start in a new folder");
        var (saved, wanted) = (NetworkOf(path, file.Metadata), (Network: config.Network.Tensors, Classes: config.Data.Classes.Count));
        if (saved != wanted)
            throw new EngineError($"{path}: the checkpoint is of another network: it has {InWords(saved)}, the config asks for {InWords(wanted)}; "
                + "resume with the config it was trained with or start in a new folder");
        if (file.Metadata.GetValueOrDefault("seed") != config.Seed.ToString(CultureInfo.InvariantCulture))
            throw new EngineError($"{path}: the checkpoint was trained with seed {file.Metadata.GetValueOrDefault("seed")}, the config has {config.Seed}; "
                + "resume with the same seed");
    }

    private static (NetworkDescription Network, int Classes) NetworkOf(string path, IReadOnlyDictionary<string, string> metadata)
    {
        var network = metadata.GetValueOrDefault("network", "null");
        if (metadata["format"] == Format1)
            return (Read<NetworkDescription>(path, "network", network), Read<ClassesOfFormat1>(path, "network", network).Classes);
        try
        {
            return (NetworkDescription.FromJson(network), int.Parse(metadata.GetValueOrDefault("classes", ""), CultureInfo.InvariantCulture));
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            throw Unreadable(path, "network", error);
        }
    }

    private static TrainingProgressState StateOf(string path, SafeTensors file) =>
        Read<TrainingProgressState>(path, "state", file.Metadata.GetValueOrDefault("state", "null"));

    private static T Read<T>(string path, string what, string json) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json) ?? throw new EngineError($"{path}: the checkpoint has no {what}");
        }
        catch (JsonException error)
        {
            throw Unreadable(path, what, error);
        }
    }

    private static EngineError Unreadable(string path, string what, Exception error) =>
        new($"{path}: the checkpoint's {what} cannot be read: it is damaged or of another program; start in a new folder", error);

    private static string InWords((NetworkDescription Network, int Classes) one) => $"{one.Network.InWords()}, {one.Classes} classes";

    private sealed record ClassesOfFormat1(int Classes);
}
