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

    /// <summary>What went wrong and what to do, in our words: libvips' and libtiff's own are for programmers. They stay in the inner exception.</summary>
    internal static string Explain(VipsException e) =>
        Says(e, "out of memory", "unable to allocate", "malloc") ? "there is not enough memory for it; save it as a tiled pyramid"
        // Decoded pictures that do not fit into memory are the only files it writes.
        : Says(e, "No space left", "write error", "write failed", "unable to write", "unable to make temporary")
            ? "there is no room for a temporary file, or its folder takes none; set TMPDIR to a roomy folder that can be written to"
        : Says(e, "Too many open files") ? "too many files are open; raise the limit (ulimit -n)"
        : Says(e, "Permission denied") ? "there is no permission to read it; check who may use it"
        : Says(e, "unsupported", "not supported", "unimplemented", "not configured", "unknown compression", "not a known", "out of range")
            ? "it is of a kind that is not read, an unusual compression, number of bits or colour space; export it again"
        : Says(e, "image dimensions", "bad dimensions", "too large", "too big") ? "its dimensions make no sense; copy or export it again"
        : "its data are damaged or cut short; copy or export it again";

    private static bool Says(VipsException e, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
            if (e.Message.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
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
