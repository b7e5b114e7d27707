using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Histoseg.Segmentation.Inference;

/// <summary>The record of a run, <c>run_metadata_&lt;time&gt;.json</c>: what ran on what with which settings, and how each slide ended.</summary>
internal static class RunMetadata
{
    /// <summary>How records are written: indented, <c>snake_case</c>, kinds by name.</summary>
    public static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // readable paths; nothing here goes into a web page
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private const string Prefix = "run_metadata_";

    /// <summary>Whether a file is, by its name, such a record.</summary>
    public static bool IsFileName(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal);

    /// <summary>A file name that is free in the folder, named after the start in UTC.</summary>
    public static string FreePath(string folder, DateTime startedUtc)
    {
        var stem = Path.Combine(folder, Prefix + startedUtc.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        var path = stem + ".json";
        for (var i = 2; File.Exists(path); i++)
            path = FormattableString.Invariant($"{stem}-{i}.json");
        return path;
    }

    public static void Save(string path, InferenceModel model, int patchSize, int batchSize, SegmentationSettings settings, DateTime startedUtc,
        DateTime? finishedUtc, IReadOnlyList<SlideOutcome> slides, bool cancelled, string? error) =>
        WholeFile.WriteText(path, JsonSerializer.Serialize(new
        {
            Program = "histoseg-engine",
            Version = typeof(RunMetadata).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
            Runtime = RuntimeInformation.FrameworkDescription,
            System = $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}",
            Model = model,
            PatchSize = patchSize,
            BatchSize = batchSize,
            Settings = settings,
            Started = startedUtc,
            Finished = finishedUtc,
            Cancelled = cancelled,
            Error = error,
            Done = slides.Count(slide => slide.Status == SlideStatus.Done),
            Skipped = slides.Count(slide => slide.Status == SlideStatus.Skipped),
            Failed = slides.Count(slide => slide.Status == SlideStatus.Failed),
            Slides = slides,
        }, Json));
}
