namespace Histoseg.Slides.Tiff;

/// <summary>What a TIFF's directories say, read without decoding anything: its pages, its scale, and whether all image data lie inside the file.</summary>
/// <remarks>Neither OpenSlide nor libtiff notices a cut file before the first missing tile is wanted, which would be hours into a run.</remarks>
internal sealed class TiffStructure
{
    // A hostile file may chain directories for ever; real slides have a few dozen.
    private const int MostDirectories = 4096;

    private readonly string _path;
    private readonly TiffBytes _bytes;
    private readonly List<TiffPage> _pages = [];
    private long _dataEnd;

    private TiffStructure(string path, TiffBytes bytes)
    {
        _path = path;
        _bytes = bytes;
    }

    /// <summary>The pages of the main chain, at least one.</summary>
    internal IReadOnlyList<TiffPage> Pages => _pages;

    /// <summary>What the first page's text says.</summary>
    internal TiffDescription Description { get; private set; } = new((string?)null);

    /// <summary>The size of a pixel of the first page, by its text where that tells it, else by its resolution tags; null where neither does.</summary>
    internal PixelSize? PixelSize { get; private set; }

    /// <summary>Whether a file begins as a TIFF or BigTIFF does.</summary>
    internal static bool IsTiff(ReadOnlySpan<byte> head) =>
        head.Length >= 4
            && (head[..4].SequenceEqual("II*\0"u8) || head[..4].SequenceEqual("II+\0"u8) || head[..4].SequenceEqual("MM\0*"u8)
            || head[..4].SequenceEqual("MM\0+"u8));

    /// <summary>Walks the directories of a TIFF.</summary>
    /// <exception cref="SlideError">The file is cut short or its directories make no sense.</exception>
    internal static TiffStructure Read(string path, Stream stream)
    {
        var bytes = TiffBytes.Open(stream);
        var structure = new TiffStructure(path, bytes ?? throw Truncated(path, 16, stream.Length));
        structure.Walk();
        return structure;
    }

    private void Walk()
    {
        // Directories are looked at once each, so loops end.
        var seen = new HashSet<long>();
        var next = _bytes.FirstDirectory;
        while (next != 0 && seen.Count < MostDirectories && seen.Add(next))
            _pages.Add(ReadPage(ref next, seen));
        if (_pages.Count == 0)
            throw new SlideError($"{_path}: the TIFF has no image directory; copy the file again");
        // A classic TIFF over 4 GiB is Hamamatsu's own extension, whose offsets are not what they seem; OpenSlide knows them.
        var ownOffsets = !_bytes.IsBig && _bytes.Length > uint.MaxValue;
        if (_dataEnd > _bytes.Length && !ownOffsets)
            throw Truncated(_path, _dataEnd, _bytes.Length);
        Description = TiffDescription.Of(_pages[0]);
        PixelSize = Description.PixelSize
            ?? (_pages[0] is { UnitsPerPixel: { } units, MicronsPerUnit: { } microns } ? new(units.X * microns, units.Y * microns) : null);
    }

    // Sets offset to where the next directory lies, 0 after the last.
    private TiffPage ReadPage(ref long offset, HashSet<long> seen)
    {
        var directory = TiffDirectory.Read(_bytes, offset)
            ?? throw (_pages.Count == 0 ? Truncated(_path, Math.Max(offset, _bytes.Length) + 1, _bytes.Length) : Truncated(_path, offset, _bytes.Length));
        var page = TiffPage.Of(directory, offset, MeasureData(directory, TiffTag.TileOffsets, TiffTag.TileByteCounts),
            MeasureData(directory, TiffTag.StripOffsets, TiffTag.StripByteCounts));
        var below = new List<TiffPage>();
        foreach (var child in directory.Numbers(TiffTag.SubDirectories) ?? [])
        {
            var at = child;
            if (child != 0 && seen.Count < MostDirectories && seen.Add(child))
                below.Add(ReadPage(ref at, seen));
        }
        offset = directory.Next;
        return page with { SubDirectories = below };
    }

    // Notes how far the data reach; gives the bytes of each piece, null where there are none of the kind.
    private long[]? MeasureData(TiffDirectory directory, TiffTag offsetTag, TiffTag countTag)
    {
        if (!directory.Has(offsetTag) || !directory.Has(countTag))
            return null;
        if (directory.Numbers(offsetTag) is not { } offsets || directory.Numbers(countTag) is not { } counts)
            throw Truncated(_path, directory.EndOf(offsetTag, countTag), _bytes.Length);
        for (var i = 0; i < Math.Min(offsets.Length, counts.Length); i++)
            if (counts[i] > 0 && offsets[i] >= 0)
                _dataEnd = Math.Max(_dataEnd, counts[i] > long.MaxValue - offsets[i] ? long.MaxValue : offsets[i] + counts[i]);
        return counts;
    }

    private static SlideError Truncated(string path, long end, long length) =>
        new($"{path}: the TIFF is truncated: its data reach to byte {end} but the file ends at byte {length}; copy the file again");
}
