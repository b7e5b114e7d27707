using Histoseg.Slides.Tiff;

namespace Histoseg.Slides.Labels;

/// <summary>The way back from the colours that libvips makes of a TIFF with a palette to the pixels in the file.</summary>
internal sealed class PaletteIndex
{
    private const int PhotometricPalette = 3;

    private readonly Dictionary<int, byte> _byColour = [];

    private PaletteIndex(long[] map)
    {
        var colours = map.Length / 3;
        for (var i = 0; i < Math.Min(colours, 256); i++)
            AreDistinct &= _byColour.TryAdd(Key((byte)(map[i] >> 8), (byte)(map[colours + i] >> 8), (byte)(map[2 * colours + i] >> 8)), (byte)i);
    }

    /// <summary>Whether every pixel value has a colour of its own, so that the way back is certain.</summary>
    public bool AreDistinct { get; } = true;

    /// <summary>The palette of a file's first page; null where it has none or is no TIFF.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static PaletteIndex? Of(string path)
    {
        using var stream = File.OpenRead(path);
        Span<byte> head = stackalloc byte[4];
        if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || !TiffStructure.IsTiff(head))
            return null;
        return TiffBytes.Open(stream) is { } bytes && TiffDirectory.Read(bytes, bytes.FirstDirectory) is { } first
            && first.Numbers(TiffTag.Photometric) is [PhotometricPalette] && first.Numbers(TiffTag.ColourMap) is { Length: > 0 } map && map.Length % 3 == 0
            ? new(map) : null;
    }

    /// <summary>The pixels in the file.</summary>
    /// <param name="colours">As libvips gives them: 3 bytes a pixel, or 1 where the whole palette is grey.</param>
    /// <param name="channels">3 or 1.</param>
    /// <returns>One value a pixel; null where a colour is none of the palette's.</returns>
    public byte[]? Values(ReadOnlySpan<byte> colours, int channels)
    {
        var values = new byte[colours.Length / channels];
        var (known, value) = (-1, (byte)0);
        for (int i = 0, at = 0; i < values.Length; i++, at += channels)
        {
            // Label maps are long runs of one label.
            var key = Key(colours[at], colours[at + channels / 2], colours[at + channels - 1]);
            if (key != known && !_byColour.TryGetValue(known = key, out value))
                return null;
            values[i] = value;
        }
        return values;
    }

    private static int Key(byte red, byte green, byte blue) => red << 16 | green << 8 | blue;
}
