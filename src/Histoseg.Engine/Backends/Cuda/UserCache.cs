namespace Histoseg.Engine.Backends.Cuda;

/// <summary>The folder for what can be found out again but is worth keeping between runs.</summary>
internal static class UserCache
{
    /// <summary>The environment variable that names another folder.</summary>
    public const string Variable = "HISTOSEG_CACHE";

    /// <summary>
    /// The file of <see cref="CudaDevice.TuningFile"/> in <see cref="Variable"/>'s folder, else in the user's cache folder,
    /// else in that for temporary files.
    /// </summary>
    public static string TuningFile => Path.Combine(
        Folder(OperatingSystem.IsWindows(), Environment.GetEnvironmentVariable) ?? Path.Combine(Path.GetTempPath(), "histoseg"), "convolutions.jsonl");

    /// <summary>The folder.</summary>
    /// <param name="windows">Whether it lies where Windows keeps such folders.</param>
    /// <param name="variable">Looks up an environment variable.</param>
    internal static string? Folder(bool windows, Func<string, string?> variable)
    {
        string? Of(string name, params string[] below) => variable(name) is { Length: > 0 } folder ? Path.Combine([folder, .. below]) : null;
        return Of(Variable)
            ?? (windows ? Of("LOCALAPPDATA", "histoseg") : Of("XDG_CACHE_HOME", "histoseg") ?? Of("HOME", ".cache", "histoseg"));
    }
}
