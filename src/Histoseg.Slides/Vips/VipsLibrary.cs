using NetVips;

namespace Histoseg.Slides.Vips;

/// <summary>The libvips that comes with the NetVips.Native package: whether it loads here, and its version.</summary>
internal sealed class VipsLibrary
{
    private static readonly Lazy<Availability<VipsLibrary>> _found = new(Find);

    private VipsLibrary() { }

    /// <summary>The library, its version as "8.18.0", or why pictures cannot be read and written. Loaded when first asked for.</summary>
    public static Availability<VipsLibrary> Found => _found.Value;

    /// <summary>Throws where the library cannot be used.</summary>
    /// <exception cref="SlideError">It cannot be loaded.</exception>
    internal static void Require(string path)
    {
        if (!Found.IsAvailable)
            throw new SlideError($"{path}: pictures are read and written by libvips, which cannot be used: {Found.Reason}");
    }

    /// <summary>What libvips says went wrong, on one line.</summary>
    internal static string Explain(VipsException e)
    {
        // The first line is the wrapper's "unable to call …", repeated; the library's own words follow.
        var lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return string.Join("; ", lines.Skip(lines.Length > 1 ? 1 : 0).Distinct());
    }

    private static Availability<VipsLibrary> Find()
    {
        if (!ModuleInitializer.VipsInitialized)
            return Availability<VipsLibrary>.Absent($"{ModuleInitializer.Exception?.GetBaseException().Message ?? "it did not start"}; "
                + "keep the native libvips file beside the program");
        // Files are opened once and read region by region: the cache of whole operations would only keep them open, and
        // give the old picture for a file written anew.
        Cache.Max = 0;
        // What matters comes back as an error; by default libvips also prints it to stderr, once per tile.
        Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning, static (_, _, _) => { });
        return Availability<VipsLibrary>.Present(new(), "libvips", $"{NetVips.NetVips.Version(0)}.{NetVips.NetVips.Version(1)}.{NetVips.NetVips.Version(2)}");
    }
}
