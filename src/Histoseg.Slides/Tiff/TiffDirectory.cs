using System.Text;

namespace Histoseg.Slides.Tiff;

/// <summary>One image file directory: its entries, and the values they point to on demand.</summary>
internal sealed class TiffDirectory
{
    // The OME-XML of a file with thousands of planes has some megabytes.
    private const int LongestText = 1 << 26;

    private readonly record struct Entry(int Type, long Count, long ValueOffset);

    private readonly TiffBytes _bytes;
    private readonly Dictionary<TiffTag, Entry> _entries = [];

    private TiffDirectory(TiffBytes bytes) => _bytes = bytes;

    /// <summary>Where the next directory of the chain lies; 0: this is the last.</summary>
    internal long Next { get; private set; }

    /// <summary>Reads the directory at <paramref name="offset"/>; null when part of it lies past the end of the file.</summary>
    internal static TiffDirectory? Read(TiffBytes bytes, long offset)
    {
        int countSize = bytes.IsBig ? 8 : 2, entrySize = bytes.IsBig ? 20 : 12, offsetSize = bytes.IsBig ? 8 : 4;
        if (bytes.Read(offset, countSize) is not { } head)
            return null;
        var count = bytes.Number(head, 0, countSize);
        // Tags are 16 bits, so no directory has more entries; this also keeps the product below from overflowing.
        if (count is < 0 or > ushort.MaxValue || bytes.Read(offset + countSize, count * entrySize + offsetSize) is not { } body)
            return null;
        var directory = new TiffDirectory(bytes) { Next = bytes.Number(body, (int)count * entrySize, offsetSize) };
        for (var i = 0; i < count; i++)
        {
            var at = i * entrySize;
            var type = (int)bytes.Number(body, at + 2, 2);
            var values = bytes.Number(body, at + 4, offsetSize);
            var valueAt = at + 4 + offsetSize;
            var inline = values >= 0 && values <= offsetSize / Math.Max(1, SizeOf(type));
            var where = inline ? offset + countSize + valueAt : bytes.Number(body, valueAt, offsetSize);
            directory._entries[(TiffTag)bytes.Number(body, at, 2)] = new(type, values, where);
        }
        return directory;
    }

    /// <summary>Whether the directory has the tag.</summary>
    internal bool Has(TiffTag tag) => _entries.ContainsKey(tag);

    /// <summary>Where in the file the tag's value lies; null where the directory has no such tag.</summary>
    internal long? PlaceOf(TiffTag tag) => _entries.TryGetValue(tag, out var entry) ? entry.ValueOffset : null;

    /// <summary>A tag's whole numbers; null when it is absent, of another type, or lies past the end of the file.</summary>
    internal long[]? Numbers(TiffTag tag)
    {
        if (!_entries.TryGetValue(tag, out var entry) || entry.Type is 5 or 10 or 11 or 12)
            return null;
        var size = SizeOf(entry.Type);
        if (size == 0 || entry.Count < 0 || entry.Count > _bytes.Length / size || _bytes.Read(entry.ValueOffset, entry.Count * size) is not { } raw)
            return null;
        var numbers = new long[entry.Count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = _bytes.Number(raw, i * size, size);
        return numbers;
    }

    /// <summary>A tag's first number of any type; null when it is absent, unreadable or not finite.</summary>
    internal double? Number(TiffTag tag)
    {
        if (Numbers(tag) is [var whole, ..])
            return whole;
        if (!_entries.TryGetValue(tag, out var entry) || entry.Count < 1 || _bytes.Read(entry.ValueOffset, SizeOf(entry.Type)) is not { } raw)
            return null;
        var value = entry.Type switch
        {
            11 => BitConverter.Int32BitsToSingle((int)_bytes.Number(raw, 0, 4)),
            12 => BitConverter.Int64BitsToDouble(_bytes.Number(raw, 0, 8)),
            _ => double.NaN,
        };
        return double.IsFinite(value) ? value : null;
    }

    /// <summary>A tag's text, which is ASCII by the book and UTF-8 in practice; empty when it is absent, unreadable, or longer than any description.</summary>
    internal string Text(TiffTag tag) =>
        _entries.TryGetValue(tag, out var entry) && entry.Type is 1 or 2 or 7 && entry.Count is > 0 and <= LongestText
            && _bytes.Read(entry.ValueOffset, entry.Count) is { } raw ? Encoding.UTF8.GetString(raw).TrimEnd('\0') : "";

    /// <summary>A tag's first rational; null when it is absent, unreadable or not positive.</summary>
    internal double? Rational(TiffTag tag)
    {
        if (!_entries.TryGetValue(tag, out var entry) || entry.Type != 5 || _bytes.Read(entry.ValueOffset, 8) is not { } raw)
            return null;
        var value = (double)_bytes.Number(raw, 0, 4) / _bytes.Number(raw, 4, 4);
        return double.IsFinite(value) && value > 0 ? value : null;
    }

    /// <summary>One past the last byte of these tags' values.</summary>
    internal long EndOf(params ReadOnlySpan<TiffTag> tags)
    {
        long end = 0;
        foreach (var tag in tags)
            if (_entries.TryGetValue(tag, out var entry))
                end = Math.Max(end, entry.ValueOffset + SizeOf(entry.Type) * Math.Clamp(entry.Count, 0, int.MaxValue));
        return end;
    }

    // 1 BYTE, 2 ASCII, 3 SHORT, 4 LONG, 5 RATIONAL, 6…10 the signed ones, 11 FLOAT, 12 DOUBLE, 13 IFD, 16 LONG8, 17 SLONG8, 18 IFD8.
    private static int SizeOf(int type) => type switch
    {
        1 or 2 or 6 or 7 => 1,
        3 or 8 => 2,
        4 or 9 or 11 or 13 => 4,
        5 or 10 or 12 or 16 or 17 or 18 => 8,
        _ => 0,
    };
}
