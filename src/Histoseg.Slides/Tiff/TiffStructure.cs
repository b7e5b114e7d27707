namespace Histoseg.Slides.Tiff;

/// <summary>
/// What a TIFF's directories say, read without decoding anything: whether all image data lie inside the file, the scale in the resolution tags, and whether
/// it is tiled.
/// </summary>
/// <remarks>Neither OpenSlide nor libtiff notices a cut file before the first missing tile is wanted, which would be hours into a run.</remarks>
internal sealed class TiffStructure
{
    // A hostile file may chain directories for ever; real slides have a few dozen.
    private const int MostDirectories = 4096;

    private readonly string _path;
    private readonly TiffBytes _bytes;
    private long _dataEnd;

    private TiffStructure(string path, TiffBytes bytes)
    {
        _path = path;
        _bytes = bytes;
    }

    /// <summary>µm per pixel from the first directory's resolution tags where plausible, else null.</summary>
    internal double? MicronsPerPixel { get; private set; }

    /// <summary>Whether the first directory is tiled.</summary>
    internal bool IsTiled { get; private set; }

    /// <summary>Number of directories in the main chain.</summary>
    internal int Pages { get; private set; }

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
        {
            next = ReadDirectory(next, Pages == 0, seen);
            Pages++;
        }
        if (Pages == 0)
            throw new SlideError($"{_path}: the TIFF has no image directory; copy the file again");
        // A classic TIFF over 4 GiB is Hamamatsu's own extension, whose offsets are not what they seem; OpenSlide knows them.
        var ownOffsets = !_bytes.IsBig && _bytes.Length > uint.MaxValue;
        if (_dataEnd > _bytes.Length && !ownOffsets)
            throw Truncated(_path, _dataEnd, _bytes.Length);
    }

    // Returns where the next directory lies, 0 after the last.
    private long ReadDirectory(long offset, bool first, HashSet<long> seen)
    {
        var directory = TiffDirectory.Read(_bytes, offset)
            ?? throw (Pages == 0 ? Truncated(_path, Math.Max(offset, _bytes.Length) + 1, _bytes.Length) : Truncated(_path, offset, _bytes.Length));
        if (first)
        {
            IsTiled = directory.Has(TiffTag.TileOffsets);
            MicronsPerPixel = Scale(directory);
        }
        MeasureData(directory, TiffTag.TileOffsets, TiffTag.TileByteCounts);
        MeasureData(directory, TiffTag.StripOffsets, TiffTag.StripByteCounts);
        foreach (var child in directory.Numbers(TiffTag.SubDirectories) ?? [])
            if (child != 0 && seen.Count < MostDirectories && seen.Add(child))
                ReadDirectory(child, first: false, seen);
        return directory.Next;
    }

    private void MeasureData(TiffDirectory directory, TiffTag offsetTag, TiffTag countTag)
    {
        if (!directory.Has(offsetTag) || !directory.Has(countTag))
            return;
        if (directory.Numbers(offsetTag) is not { } offsets || directory.Numbers(countTag) is not { } counts)
            throw Truncated(_path, directory.EndOf(offsetTag, countTag), _bytes.Length);
        for (var i = 0; i < Math.Min(offsets.Length, counts.Length); i++)
        {
            // Length 0 marks a tile the scanner left out.
            if (counts[i] > 0 && offsets[i] >= 0)
                _dataEnd = Math.Max(_dataEnd, counts[i] > long.MaxValue - offsets[i] ? long.MaxValue : offsets[i] + counts[i]);
        }
    }

    private static double? Scale(TiffDirectory directory)
    {
        // 2 is inch, 3 is centimetre, 1 is "no unit"; absent means inch.
        var micronsPerUnit = directory.Numbers(TiffTag.ResolutionUnit) switch
        {
            null or [2, ..] => 25400,
            [3, ..] => 10000,
            _ => double.NaN,
        };
        if (directory.Rational(TiffTag.XResolution) is not { } x || directory.Rational(TiffTag.YResolution) is not { } y)
            return null;
        return SlideScale.Plausible(micronsPerUnit * (1 / x + 1 / y) / 2);
    }

    private static SlideError Truncated(string path, long end, long length) =>
        new($"{path}: the TIFF is truncated: its data reach to byte {end} but the file ends at byte {length}; copy the file again");
}
