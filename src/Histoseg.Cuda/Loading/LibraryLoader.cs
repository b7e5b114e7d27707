using System.Reflection;
using System.Runtime.InteropServices;

namespace Histoseg.Cuda;

/// <summary>Opens libraries and binds the imports of this assembly to what was opened.</summary>
internal static class LibraryLoader
{
    private static readonly Dictionary<string, nint> _bound = [];

    static LibraryLoader() => NativeLibrary.SetDllImportResolver(typeof(LibraryLoader).Assembly, Resolve);

    /// <summary>Opens the first library that is found, loads and is accepted, and binds imports to it.</summary>
    /// <param name="import">The name the imports use.</param>
    /// <param name="files">What to look for.</param>
    /// <param name="candidates">Where, in order: full paths, or bare names for the system's loader.</param>
    /// <param name="refuse">Why an opened library cannot be used; null if it can.</param>
    /// <param name="path">What was opened.</param>
    /// <param name="failures">What was found but could not be used, and why.</param>
    internal static bool TryBind(string import, LibraryFiles files, IEnumerable<string> candidates, Func<nint, string?> refuse,
        out string path, out List<string> failures)
    {
        failures = [];
        foreach (var candidate in candidates)
        {
            var error = TryOpen(candidate, files, out var handle);
            if (handle == 0 && error is null)
                continue;
            error ??= refuse(handle);
            if (error is null)
            {
                lock (_bound)
                    _bound[import] = handle;
                path = candidate;
                return true;
            }
            // A refused library stays open: the imports are not bound to it, and closing CUDA's libraries runs their exit handlers.
            failures.Add($"{candidate} {error}");
        }
        path = "";
        return false;
    }

    /// <summary>Opens a library for the sake of others that look for it by its bare name.</summary>
    internal static void Preload(LibraryFiles files, IEnumerable<string> candidates) =>
        candidates.Any(candidate => TryOpen(candidate, files, out var handle) is null && handle != 0);

    // Null and no handle: there is no such file. An error: there is one, and it does not load.
    private static string? TryOpen(string candidate, LibraryFiles files, out nint handle)
    {
        handle = 0;
        var folder = Path.GetDirectoryName(candidate);
        if (string.IsNullOrEmpty(folder))
        {
            NativeLibrary.TryLoad(candidate, out handle);
            return null;
        }
        if (!File.Exists(candidate))
            return null;
        // Its parts are opened by full path first: the system then takes an open library of that name instead of searching for one.
        foreach (var part in Parts(files.Parts, pattern => SearchSystem.Current.Newest(folder, pattern, files: true)))
            NativeLibrary.TryLoad(Path.Combine(folder, part), out _);
        try
        {
            handle = NativeLibrary.Load(candidate);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return $"does not load ({e.Message.ReplaceLineEndings(" ").Trim()})";
        }
    }

    /// <summary>The parts to open in order, each once.</summary>
    internal static IEnumerable<string> Parts(IEnumerable<string> patterns, Func<string, IEnumerable<string>> matches) =>
        patterns.SelectMany(matches).Distinct();

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        lock (_bound)
            return _bound.GetValueOrDefault(name);
    }
}
