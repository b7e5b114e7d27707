using System.Diagnostics.CodeAnalysis;
using NetVips;

namespace Histoseg.Slides.Vips;

/// <summary>The libvips that comes with the NetVips.Native package: whether it loads here, and its version.</summary>
public static class VipsLibrary
{
    private static readonly Lazy<(string? Version, string? Reason)> Found = new(Find);

    /// <summary>The library's version, as "8.18.0", or null where it cannot be loaded.</summary>
    public static string? Version => Found.Value.Version;

    /// <summary>Loads the library on the first call.</summary>
    /// <param name="reason">Where it is not usable: one line that says why.</param>
    /// <returns>True when pictures can be read and written.</returns>
    public static bool TryLoad([NotNullWhen(false)] out string? reason)
    {
        reason = Found.Value.Reason;
        return reason is null;
    }

    /// <summary>Throws where the library cannot be used.</summary>
    /// <exception cref="SlideError">It cannot be loaded.</exception>
    internal static void Require(string path)
    {
        if (!TryLoad(out string? reason))
            throw new SlideError($"{path}: pictures are read and written by libvips, which cannot be used: {reason}");
    }

    /// <summary>What libvips says went wrong, on one line.</summary>
    internal static string Explain(VipsException e)
    {
        // The first line is the wrapper's "unable to call …", repeated; the library's own words follow.
        string[] lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return string.Join("; ", lines.Skip(lines.Length > 1 ? 1 : 0).Distinct());
    }

    private static (string? Version, string? Reason) Find()
    {
        if (!ModuleInitializer.VipsInitialized)
            return (null, $"{ModuleInitializer.Exception?.GetBaseException().Message ?? "it did not start"}; keep the native libvips file beside the program");
        // Files are opened once and read region by region: the cache of whole operations would only keep them open, and
        // give the old picture for a file written anew.
        Cache.Max = 0;
        // What matters comes back as an error; by default libvips also prints it to stderr, once per tile.
        Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning, static (_, _, _) => { });
        return ($"{NetVips.NetVips.Version(0)}.{NetVips.NetVips.Version(1)}.{NetVips.NetVips.Version(2)}", null);
    }
}
