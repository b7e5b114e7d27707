using System.Diagnostics.CodeAnalysis;

namespace Histoseg.Slides.OpenSlide;

/// <summary>The native OpenSlide library: whether it is here, which version, and if not, why not and what to install.</summary>
public static class OpenSlideLibrary
{
    private static readonly Lazy<(string? Version, string? Reason)> Found = new(Find);

    /// <summary>The library's version, as "3.4.1", or null where it cannot be loaded.</summary>
    public static string? Version => Found.Value.Version;

    /// <summary>Loads the library on the first call.</summary>
    /// <param name="reason">Where it is not usable: one line that says why and what to install.</param>
    /// <returns>True when slides can be read through it.</returns>
    public static bool TryLoad([NotNullWhen(false)] out string? reason)
    {
        reason = Found.Value.Reason;
        return reason is null;
    }

    private static (string? Version, string? Reason) Find()
    {
        try
        {
            if (!OpenSlideNative.TryLoad())
                return (null, $"none of {string.Join(", ", OpenSlideNative.FileNames)} was found beside the program or where the system looks for libraries; {Remedy}");
            return (OpenSlideNative.GetVersion() ?? "unknown", null);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException or BadImageFormatException)
        {
            return (null, $"the library was found but cannot be used ({e.Message}); {Remedy}");
        }
    }

    private static string Remedy =>
        OperatingSystem.IsWindows() ? "unpack OpenSlide's Windows build (openslide.org) and put the DLLs of its bin folder beside the program"
        : OperatingSystem.IsMacOS() ? "install it with: brew install openslide"
        : "install it with: sudo apt-get install libopenslide0";
}
