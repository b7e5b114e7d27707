using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Histoseg.Slides.OpenSlide;

/// <summary>
/// Keeps the libraries below OpenSlide from printing to stderr: libtiff does for every tile it cannot decode, GLib for whatever OpenSlide warns of. That a
/// part cannot be read OpenSlide tells us, and we the user.
/// </summary>
internal static unsafe class LibraryMessages
{
    /// <summary>Silences those that are loaded. OpenSlide must be loaded before; what is linked into it cannot be reached.</summary>
    public static void Silence()
    {
        foreach (var name in new[] { "TIFFSetErrorHandler", "TIFFSetWarningHandler" })
            if (Find("libtiff", ["libtiff-6.dll", "libtiff-5.dll"], name) is var setHandler and not 0)
                ((delegate* unmanaged[Cdecl]<nint, nint>)setHandler)(0);
        if (Find("libglib-2.0", ["libglib-2.0-0.dll"], "g_log_set_default_handler") is var setDefault and not 0)
            ((delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<nint, int, nint, nint, void>, nint, nint>)setDefault)(&Ignore, 0);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Ignore(nint domain, int level, nint message, nint data) { }

    // A function of a library that is loaded; 0: there is none.
    private static nint Find(string library, string[] dlls, string function) =>
        Loaded(library, dlls) is { } path && NativeLibrary.TryLoad(path, out var loaded) && NativeLibrary.TryGetExport(loaded, function, out var address)
            ? address
            : 0;

    private static string? Loaded(string library, string[] dlls)
    {
        if (OperatingSystem.IsWindows())
            return dlls.Select(name => Path.Combine(AppContext.BaseDirectory, name)).FirstOrDefault(File.Exists);
        const string maps = "/proc/self/maps";
        return File.Exists(maps)
            ? File.ReadLines(maps).Select(line => line[Math.Max(0, line.IndexOf('/', StringComparison.Ordinal))..])
                .FirstOrDefault(file => Path.GetFileName(file).StartsWith($"{library}.so", StringComparison.Ordinal))
            : null;
    }
}
