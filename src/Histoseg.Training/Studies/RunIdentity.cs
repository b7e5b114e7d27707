using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Studies;

/// <summary>What decides a run's numbers, as one value per key: two runs of equal identity are the same run.</summary>
/// <remarks>
/// Kept in the run folder as <c>run.json</c>, before the first update. Threads, device, how often is logged and saved, and the folders the data
/// lies in are no part of it.
/// </remarks>
internal static class RunIdentity
{
    /// <summary>Its file in the run folder.</summary>
    public const string File = "run.json";

    /// <summary>The identity of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="config">The config it is trained by.</param>
    public static SortedDictionary<string, string> Of(StudyRun run, TrainConfig config)
    {
        var keys = Keys(config);
        if (run.K is null)
            keys.Remove("network.k"); // nothing in this network depends on it
        keys[Slides] = Hash(run.Fold);
        return keys;
    }

    /// <summary>Writes <c>run.json</c>.</summary>
    /// <exception cref="WriteError">The folder or the disk does not take it.</exception>
    public static void Save(string folder, SortedDictionary<string, string> identity) =>
        WholeFile.WriteText(Path.Combine(folder, File), JsonSerializer.Serialize(identity, StudyJson.Options) + "\n");

    /// <summary>
    /// Makes sure that what a folder holds is this run. A key that only one of both has counts as well: sections and mappings have keys of their own.
    /// </summary>
    /// <exception cref="ConfigError">It is another one; the message names the folder, the key and the remedy.</exception>
    public static void RequireSame(string folder, SortedDictionary<string, string> identity)
    {
        var path = Path.Combine(folder, File);
        if (!System.IO.File.Exists(path))
        {
            if (Directory.Exists(folder)
                && Directory.EnumerateFileSystemEntries(folder).Any(entry => !RunLock.IsOwn(entry) && !Leftovers.Is(entry)))
                throw new ConfigError($"{folder}: the folder holds files of another program; {Advice}") { Remedy = Remedy.ChooseFolder };
            return;
        }
        var kept = StudyJson.Read<SortedDictionary<string, string>>(path);
        // A key the program did not have yet when the run was made had its default's effect.
        var defaults = Keys(new TrainConfig());
        foreach (var key in identity.Keys.Union(kept.Keys))
        {
            var (was, wanted) = (kept.GetValueOrDefault(key) ?? Unset(key), identity.GetValueOrDefault(key) ?? Unset(key));
            if (was != wanted)
                throw new ConfigError(key == Slides
                    ? $"{folder}: was trained on other slides or another division of them than the study now has; restore the data, or {Advice}"
                    : $"{folder}: was trained with {key} {was}, the study now asks for {wanted}; restore the config, or {Advice}")
                { Remedy = Remedy.ChooseFolder };
        }

        string Unset(string key) => defaults.GetValueOrDefault(key, "nothing");
    }

    private const string Slides = "slides";
    private const string Advice = "delete the folder to train anew, or give the study another folder";

    private static SortedDictionary<string, string> Keys(TrainConfig config)
    {
        var counted = config with
        {
            Network = config.Network.WithoutPath,
            Data = config.Data with { Manifest = null, ValidationShare = 0 },
            Training = config.Training with { Threads = 0, Device = "", LogEvery = 1, CheckpointEvery = 1, Tensorboard = false },
            Inference = config.Inference with { BatchSize = 1 },
        };
        var keys = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Flatten("", JsonSerializer.SerializeToNode(counted, StudyJson.Options), keys);
        return keys;
    }

    private static void Flatten(string key, JsonNode? node, SortedDictionary<string, string> keys)
    {
        string Inner(string name) => key.Length == 0 ? name : $"{key}.{name}";
        if (node is JsonObject section)
            foreach (var (name, value) in section)
                Flatten(Inner(name), value, keys);
        else
            keys[key] = node?.ToJsonString(StudyJson.Compact) ?? "null";
    }

    private static string Hash(StudyFold fold)
    {
        var lines = fold.Manifest.Rows.Select(row => string.Join('\t',
            Path.GetFileName(row.Slide), Path.GetFileName(row.Annotation), Path.GetFileName(row.Mask), row.Split, row.Patient,
            row.Mpp?.ToString("R", CultureInfo.InvariantCulture)));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
    }
}
