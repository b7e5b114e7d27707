using System.Reflection;
using System.Text.Json;
using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checking;
using Histoseg.Engine.Profiling;
using Histoseg.Segmentation.Networks;
using Histoseg.Training.Studies;

namespace Histoseg.Training.Benchmarks;

/// <summary>What <c>engine bench</c> measured, as its JSON file holds it. Times are medians, in seconds.</summary>
internal sealed record BenchResult
{
    private const int CurrentFormat = 1;

    /// <summary>Version of the file's form.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Version and commit of the engine.</summary>
    public string Engine { get; init; } =
        typeof(BenchResult).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <summary>When it was measured.</summary>
    public DateTimeOffset Date { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>The device in words.</summary>
    public required string Device { get; init; }

    /// <summary>The most that the machine was seen to do.</summary>
    public required MachinePeaks Peaks { get; init; }

    /// <summary>The network.</summary>
    public required NetworkDescription Network { get; init; }

    /// <summary>Side of the patches.</summary>
    public required int PatchSize { get; init; }

    /// <summary>What was compared before anything was timed.</summary>
    public required OperationCheck Checks { get; init; }

    /// <summary>An inference pass.</summary>
    public required BenchedPass Inference { get; init; }

    /// <summary>A training step.</summary>
    public required BenchedPass Training { get; init; }

    /// <summary>A whole slide.</summary>
    public required BenchedSlide Slide { get; init; }

    /// <summary>Writes the file.</summary>
    /// <exception cref="WriteError">It cannot be written.</exception>
    public void Save(string path) => WholeFile.Write(path, file => JsonSerializer.Serialize(file, this, StudyJson.Options));

    /// <summary>Reads a file that <see cref="Save"/> wrote.</summary>
    /// <exception cref="EngineError">It is damaged, of another version or cannot be read.</exception>
    public static BenchResult Load(string path) => StudyJson.Read<BenchResult>(path, "measure it anew") is { Format: CurrentFormat } result ? result
        : throw new EngineError($"{path}: its format is not known to this program; measure it anew");
}

/// <summary>A run of a network.</summary>
/// <param name="Patches">Patches in it.</param>
/// <param name="Seconds">The run.</param>
/// <param name="FloorSeconds">What its operations need at least at the machine's peaks, one after another.</param>
/// <param name="Operations">Each operation alone.</param>
internal sealed record BenchedPass(int Patches, double Seconds, double FloorSeconds, IReadOnlyList<BenchedOperation> Operations)
{
    /// <summary>Makes it of what was measured.</summary>
    public static BenchedPass Of(int patches, ProgramTimes times, MachinePeaks peaks) =>
        new(patches, times.Seconds, times.Nodes.Sum(node => peaks.Floor(node.Work)),
        [
            .. times.Nodes.Select(node => new BenchedOperation(node.Node.Op.Name, node.Node.Scope,
                node.Node.Outputs.Count > 0 ? node.Node.Outputs[0].Shape.ToString() : "", node.Seconds, peaks.Floor(node.Work), node.Work.Flops, node.Bytes)),
        ]);
}

/// <summary>One operation of a run.</summary>
/// <param name="Operation">Its name.</param>
/// <param name="Layer">The layer that recorded it.</param>
/// <param name="Output">The shape of its first output.</param>
/// <param name="Seconds">Its time alone.</param>
/// <param name="FloorSeconds">What it needs at least at the machine's peaks.</param>
/// <param name="Flops">Its arithmetic, done directly.</param>
/// <param name="Bytes">What it reads and writes at least.</param>
internal sealed record BenchedOperation(string Operation, string Layer, string Output, double Seconds, double FloorSeconds, long Flops, long Bytes);

/// <summary>A slide segmented from opening to the last file.</summary>
/// <param name="Name">The slide.</param>
/// <param name="Width">Width of the label map, pixels.</param>
/// <param name="Height">Height of the label map, pixels.</param>
/// <param name="Overlap">Share that neighbouring patches have in common.</param>
/// <param name="Patches">Patches that went through the network.</param>
/// <param name="Seconds">From opening to the last file.</param>
internal sealed record BenchedSlide(string Name, int Width, int Height, double Overlap, long Patches, double Seconds);
