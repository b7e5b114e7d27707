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

    /// <summary>Takes a file name that is free in the folder, named after the start in UTC: no other run gets it.</summary>
    /// <exception cref="WriteError">The folder cannot be written.</exception>
    public static string TakePath(string folder, DateTime startedUtc)
    {
        var stem = Path.Combine(folder, Prefix + startedUtc.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        var path = stem + ".json";
        for (var i = 2; ; i++)
        {
            using (var file = HeldFile.TryCreate(path))
            {
                if (file is not null)
                    break;
            }
            path = FormattableString.Invariant($"{stem}-{i}.json");
        }
        try
        {
            WholeFile.WriteText(path, "{}\n");
            return path;
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Writes a record, with what is known of this program and of the slides it has dealt with.</summary>
    public static void Save(string path, RunRecord record) => WholeFile.WriteText(path, JsonSerializer.Serialize(record with
    {
        Program = "histoseg-engine",
        Version = typeof(RunMetadata).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
        Runtime = RuntimeInformation.FrameworkDescription,
        System = $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}",
        Host = Environment.MachineName,
        Process = Environment.ProcessId,
        Done = record.Slides.Count(slide => slide.Status == SlideStatus.Done),
        Skipped = record.Slides.Count(slide => slide.Status == SlideStatus.Skipped),
        Failed = record.Slides.Count(slide => slide.Status == SlideStatus.Failed),
        Time = RunTime.Of(new BatchInferenceResult(record.Slides, record.Cancelled, path).Times),
    }, Json));

    /// <summary>The files of records in a folder, the oldest first.</summary>
    public static IEnumerable<string> FilesIn(string folder) =>
        Directory.GetFiles(folder, Prefix + "*.json").Where(path => IsFileName(Path.GetFileName(path))).Order(StringComparer.Ordinal);
}
