using System.ComponentModel;
using System.Text.Json;

namespace Histoseg.Segmentation.Inference;

/// <summary>Who has a slide and how far it is: for other machines, for <c>engine status</c>, and for a person who looks.</summary>
/// <param name="Host">The machine's name.</param>
/// <param name="Process">The number of the process there.</param>
/// <param name="Since">When it began with the slide, UTC.</param>
/// <param name="Slide">The slide.</param>
/// <param name="Boot">Tells machines of one name, and starts of one machine, apart; null: it is not known.</param>
/// <param name="Token">Tells claims apart.</param>
/// <param name="Share">The share of the slide that is done, 0 to 1.</param>
/// <param name="PatchesPerSecond">Patches through the network per second.</param>
internal sealed record ClaimNote(string Host, int Process, DateTime Since, string Slide, string? Boot = null, string? Token = null, double Share = 0,
    double PatchesPerSecond = 0)
{
    private const string BootFile = "/proc/sys/kernel/random/boot_id";
    private static readonly string? _boot = File.Exists(BootFile) ? File.ReadAllText(BootFile).Trim() : null;

    /// <summary>The note of this program.</summary>
    public static ClaimNote Mine(string slide) =>
        new(Environment.MachineName, Environment.ProcessId, DateTime.UtcNow, slide, _boot, Guid.NewGuid().ToString("N"));

    /// <summary>Whether it was written on this machine since that was started.</summary>
    public bool IsOfHere => Host == Environment.MachineName && (Boot is null || Boot == _boot);

    /// <summary>
    /// Whether its process, of this machine, is there: a younger one of its number is another, and one that ended need not have been taken away.
    /// </summary>
    public bool HasProcess()
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(Process);
            return process.StartTime.ToUniversalTime() <= Since + TimeSpan.FromMinutes(1) && !HasEnded($"/proc/{Process}/stat");
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException || FileTrouble.Is(error))
        {
            return false;
        }
        catch (Win32Exception)
        {
            return true; // it is not this user's
        }
    }

    // The state stands behind the name, which may hold anything.
    private static bool HasEnded(string file) =>
        File.Exists(file) && File.ReadAllText(file) is var text && text.AsSpan(text.LastIndexOf(')') + 1).TrimStart() is ['Z', ..];

    /// <summary>The note in an open file; null: there is none that can be read.</summary>
    public static ClaimNote? Read(Stream file)
    {
        try
        {
            return file.Length == 0 ? null : JsonSerializer.Deserialize<ClaimNote>(file, RunMetadata.Json) is { Host: not null } note ? note : null;
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            return null;
        }
    }

    /// <summary>The note in a file that others may be writing; null: there is none that can be read.</summary>
    public static ClaimNote? Load(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Read(file);
        }
        catch (Exception error) when (FileTrouble.Is(error))
        {
            return null;
        }
    }
}
