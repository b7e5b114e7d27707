using System.Buffers.Binary;

namespace Histoseg.Slides.Output;

/// <summary>The bytes of a little-endian BigTIFF: image data in any order, then the directories.</summary>
internal sealed class BigTiffWriter
{
    private readonly WholeFile _file;
    private readonly List<(IReadOnlyList<TiffField> Fields, IReadOnlyList<IReadOnlyList<TiffField>> Smaller)> _directories = [];

    internal BigTiffWriter(WholeFile file)
    {
        _file = file;
        // "II", 43, offsets of 8 bytes, and the place of the first directory, filled in at the end.
        _file.Append([(byte)'I', (byte)'I', 43, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    /// <summary>Appends image data; returns where they lie.</summary>
    internal long Append(ReadOnlySpan<byte> bytes)
    {
        // Everything a TIFF points to starts on a whole word.
        if (_file.Length % 8 != 0)
            _file.Append(stackalloc byte[(int)(8 - _file.Length % 8)]);
        var offset = _file.Length;
        _file.Append(bytes);
        return offset;
    }

    /// <summary>Adds a directory at the end of the chain.</summary>
    /// <param name="fields">Its fields, in any order.</param>
    /// <param name="smaller">The directories of its smaller versions that hang on it alone; none where these are in the chain themselves.</param>
    internal void AddDirectory(IReadOnlyList<TiffField> fields, params IReadOnlyList<IReadOnlyList<TiffField>> smaller) => _directories.Add((fields, smaller));

    /// <summary>Writes the directories.</summary>
    internal void Finish()
    {
        long pointer = 8; // where the place of the directory has to be noted: the header, then the end of the one before
        var place = new byte[8];
        foreach (var (fields, smaller) in _directories)
        {
            long[] places = [.. smaller.Select(one => Write(one).Offset)];
            var (offset, end) = Write(places.Length == 0 ? fields : [.. fields, TiffField.Directories(places)]);
            BinaryPrimitives.WriteInt64LittleEndian(place, offset);
            _file.Overwrite(pointer, place);
            pointer = end - 8;
        }
    }

    private (long Offset, long End) Write(IReadOnlyList<TiffField> fields)
    {
        var directory = new byte[8 + 20 * fields.Count + 8];
        BinaryPrimitives.WriteInt64LittleEndian(directory, fields.Count);
        foreach (var (i, field) in fields.OrderBy(field => field.Tag).Index())
        {
            var entry = directory.AsSpan(8 + 20 * i, 20);
            BinaryPrimitives.WriteUInt16LittleEndian(entry, field.Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], field.Type);
            BinaryPrimitives.WriteInt64LittleEndian(entry[4..], field.Count);
            if (field.Value.Length <= 8)
                field.Value.CopyTo(entry[12..]);
            else
                BinaryPrimitives.WriteInt64LittleEndian(entry[12..], Append(field.Value));
        }
        var offset = Append(directory);
        return (offset, offset + directory.Length);
    }
}
