namespace Histoseg.Slides.OpenSlide;

/// <summary>The native OpenSlide library: whether it is here, which version, and if not, why not and what to install.</summary>
internal sealed class OpenSlideLibrary
{
    private static readonly Lazy<Availability<OpenSlideLibrary>> _found = new(Find);

    private OpenSlideLibrary() { }

    /// <summary>The library, its version as "3.4.1", or why slides cannot be read through it. Loaded when first asked for.</summary>
    public static Availability<OpenSlideLibrary> Found => _found.Value;

    private static Availability<OpenSlideLibrary> Find()
    {
        try
        {
            if (NativeLibraries.Load(OpenSlideNative.Library, OpenSlideNative.FileNames) is not { } path)
                return Availability<OpenSlideLibrary>.Absent(
                    $"none of {string.Join(", ", OpenSlideNative.FileNames)} was found beside the program or where the system looks for libraries; {Remedy}");
            LibraryMessages.Silence();
            return Availability<OpenSlideLibrary>.Present(new(), path, OpenSlideNative.GetVersion() ?? "unknown");
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException or BadImageFormatException)
        {
            return Availability<OpenSlideLibrary>.Absent($"the library was found but is not OpenSlide for this system; {Remedy}");
        }
    }

    private static string Remedy =>
        OperatingSystem.IsWindows() ? "unpack OpenSlide's Windows build (openslide.org) and put the DLLs of its bin folder beside the program"
        : OperatingSystem.IsMacOS() ? "install it with: brew install openslide"
        : "install it with: sudo apt-get install libopenslide0";
}
