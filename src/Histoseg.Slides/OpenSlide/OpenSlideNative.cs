using System.Runtime.InteropServices;

namespace Histoseg.Slides.OpenSlide;

/// <summary>The C functions of OpenSlide this library calls; the ABI is the same in OpenSlide 3.4 and 4.</summary>
internal static unsafe partial class OpenSlideNative
{
    /// <summary>The library's name in the imports.</summary>
    internal const string Library = "openslide";

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
