using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Histoseg.Slides;

/// <summary>Native libraries that are found at run time: where to look for them, and which one an import means.</summary>
internal static class NativeLibraries
{
    private static readonly ConcurrentDictionary<string, nint> _loaded = [];

    // An assembly has one resolver for all its imports.
    static NativeLibraries() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, (name, _, _) => _loaded.GetValueOrDefault(name));

    /// <summary>Finds a library beside the program, then where the system looks, and binds an import's name to it. Called once for each name.</summary>
    /// <param name="import">The name in the imports.</param>
    /// <param name="fileNames">What its file may be called, the best first.</param>
    /// <returns>The file, or its bare name where the system found it; null where there is none.</returns>
    public static string? Load(string import, IEnumerable<string> fileNames)
    {
        foreach (var name in fileNames)
        {
            // A full path makes Windows look for the DLL's own dependencies beside it.
            var beside = Path.Combine(AppContext.BaseDirectory, name);
            var found = File.Exists(beside) && NativeLibrary.TryLoad(beside, out var library) ? beside
                : NativeLibrary.TryLoad(name, out library) ? name
                : null;
            if (found is null)
                continue;
            _loaded[import] = library;
            return found;
        }
        return null;
    }
}
