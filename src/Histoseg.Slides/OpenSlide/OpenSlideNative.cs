using System.Reflection;
using System.Runtime.InteropServices;

namespace Histoseg.Slides.OpenSlide;

/// <summary>The C functions of OpenSlide this library calls; the ABI is the same in OpenSlide 3.4 and 4.</summary>
internal static unsafe partial class OpenSlideNative
{
    private const string Library = "openslide";

    private static nint _loaded;

    /// <summary>File names tried, newest ABI first. Debian's package is <c>libopenslide.so.0</c>, OpenSlide 4 is <c>libopenslide.so.1</c>.</summary>
    internal static IReadOnlyList<string> FileNames { get; } = FileNamesOn(OperatingSystem.IsWindows(), OperatingSystem.IsMacOS());

    /// <summary>Those of a system.</summary>
    internal static IReadOnlyList<string> FileNamesOn(bool windows, bool macOS) =>
        windows ? ["libopenslide-1.dll", "libopenslide-0.dll"]
        : !macOS ? ["libopenslide.so.1", "libopenslide.so.0", "libopenslide.so"]
        : [
            "libopenslide.1.dylib", "libopenslide.0.dylib", "libopenslide.dylib",
            "/opt/homebrew/lib/libopenslide.dylib", "/usr/local/lib/libopenslide.dylib",
        ];

    /// <summary>Finds the library beside the program, then where the system looks, and binds the imports to it. Called once.</summary>
    /// <param name="path">The file, or its bare name where the system found it; empty where there is none.</param>
    internal static bool TryLoad(out string path)
    {
        path = "";
        foreach (var name in FileNames)
        {
            // A full path makes Windows look for the DLL's own dependencies beside it.
            var beside = Path.Combine(AppContext.BaseDirectory, name);
            path = File.Exists(beside) && NativeLibrary.TryLoad(beside, out _loaded) ? beside
                : NativeLibrary.TryLoad(name, out _loaded) ? name
                : "";
            if (_loaded != 0)
                break;
        }
        if (_loaded == 0)
            return false;
        NativeLibrary.SetDllImportResolver(typeof(OpenSlideNative).Assembly, Resolve);
        LibTiffMessages.Silence();
        return true;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search) => name == Library ? _loaded : 0;

    [LibraryImport(Library, EntryPoint = "openslide_get_version")]
    private static partial nint GetVersionPointer();

    [LibraryImport(Library, EntryPoint = "openslide_detect_vendor", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint DetectVendorPointer(string path);

    [LibraryImport(Library, EntryPoint = "openslide_open", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial OpenSlideHandle Open(string path);

    [LibraryImport(Library, EntryPoint = "openslide_close")]
    internal static partial void Close(nint slide);

    [LibraryImport(Library, EntryPoint = "openslide_get_error")]
    private static partial nint GetErrorPointer(OpenSlideHandle slide);

    [LibraryImport(Library, EntryPoint = "openslide_get_level_count")]
    internal static partial int GetLevelCount(OpenSlideHandle slide);

    [LibraryImport(Library, EntryPoint = "openslide_get_level_dimensions")]
    internal static partial void GetLevelDimensions(OpenSlideHandle slide, int level, out long width, out long height);

    [LibraryImport(Library, EntryPoint = "openslide_get_level_downsample")]
    internal static partial double GetLevelDownsample(OpenSlideHandle slide, int level);

    [LibraryImport(Library, EntryPoint = "openslide_get_property_value", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetPropertyPointer(OpenSlideHandle slide, string name);

    /// <summary>Fills width × height premultiplied ARGB pixels; x and y are in level-0 pixels.</summary>
    [LibraryImport(Library, EntryPoint = "openslide_read_region")]
    internal static partial void ReadRegion(OpenSlideHandle slide, uint* pixels, long x, long y, int level, long width, long height);

    // The strings belong to the library (or the handle) and are never freed here.
    internal static string? GetVersion() => Marshal.PtrToStringUTF8(GetVersionPointer());

    internal static string? DetectVendor(string path) => Marshal.PtrToStringUTF8(DetectVendorPointer(path));

    internal static string? GetError(OpenSlideHandle slide) => Marshal.PtrToStringUTF8(GetErrorPointer(slide));

    internal static string? GetProperty(OpenSlideHandle slide, string name) => Marshal.PtrToStringUTF8(GetPropertyPointer(slide, name));
}
