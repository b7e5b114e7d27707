using System.Runtime.InteropServices;

namespace Histoseg.Slides.OpenSlide;

/// <summary>
/// Keeps the libtiff below OpenSlide from printing to stderr, which it does for every tile it cannot decode. That a part cannot be read OpenSlide tells
/// us, and we the user.
/// </summary>
internal static class LibTiffMessages
{
    /// <summary>Silences the libtiff that is loaded, if one is. OpenSlide must be loaded before; one that has libtiff linked in cannot be reached.</summary>
    public static void Silence()
    {
        if (Loaded() is not { } path || !NativeLibrary.TryLoad(path, out var library))
            return;
        foreach (var name in new[] { "TIFFSetErrorHandler", "TIFFSetWarningHandler" })
        {
            if (NativeLibrary.TryGetExport(library, name, out var set))
                Marshal.GetDelegateForFunctionPointer<SetHandler>(set)(0);
        }
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint SetHandler(nint handler);

    private static string? Loaded()
    {
        if (OperatingSystem.IsWindows())
            return new[] { "libtiff-6.dll", "libtiff-5.dll" }.Select(name => Path.Combine(AppContext.BaseDirectory, name)).FirstOrDefault(File.Exists);
        const string maps = "/proc/self/maps";
        return File.Exists(maps)
            ? File.ReadLines(maps).Select(line => line[Math.Max(0, line.IndexOf('/', StringComparison.Ordinal))..])
                .FirstOrDefault(file => Path.GetFileName(file).StartsWith("libtiff.so", StringComparison.Ordinal))
            : null;
    }
}
