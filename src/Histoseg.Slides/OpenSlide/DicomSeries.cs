using System.Text;

namespace Histoseg.Slides.OpenSlide;

/// <summary>
/// Which series a DICOM file is of: the levels and tiles of one slide are files of one series in one folder, and OpenSlide opens the slide by any of them.
/// </summary>
internal static class DicomSeries
{
    private const uint TransferSyntax = 0x0002_0010, SeriesInstance = 0x0020_000E;
    private const uint ItemEnd = 0xFFFE_E00D, SequenceEnd = 0xFFFE_E0DD;
    private const uint Undefined = 0xFFFF_FFFF;

    // What stands before the series are texts and short sequences; a hostile file may go on for ever.
    private const int MostElements = 10_000, LongestUid = 64;

    // Big endian, which is retired, and deflated: their elements cannot be read as they stand.
    private static readonly string[] _unread = ["1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"];

    // Kinds of values whose length has four bytes, two bytes after the kind.
    private static readonly string[] _long = ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"];

    private const string Implicit = "1.2.840.10008.1.2";

    /// <summary>The file's SeriesInstanceUID; null: it is no DICOM file, cannot be read, or does not tell it.</summary>
    public static string? Of(string path)
    {
        try
        {
            using var file = InputFile.Open(path);
            using var reader = new BinaryReader(file, Encoding.ASCII);
            file.Position = 128;
            return reader.ReadBytes(4).AsSpan().SequenceEqual("DICM"u8) ? Find(reader) : null;
        }
        catch (Exception error) when (FileTrouble.Is(error))
        {
            return null;
        }
    }

    // PS3.5, section 7. Elements come in the order of their tags; those of group 2 are explicit whatever the others are.
    private static string? Find(BinaryReader reader)
    {
        var (syntax, depth) = ("", 0);
        for (var i = 0; i < MostElements; i++)
        {
            var tag = ((uint)reader.ReadUInt16() << 16) | reader.ReadUInt16();
            var isMark = tag >> 16 == 0xFFFE;
            var length = isMark || (tag >> 16 > 2 && syntax == Implicit) ? reader.ReadUInt32() : ExplicitLength(reader);
            if (depth == 0 && (tag > SeriesInstance || isMark))
                return null;
            if (depth == 0 && tag is TransferSyntax or SeriesInstance && length <= LongestUid)
            {
                var uid = Encoding.ASCII.GetString(reader.ReadBytes((int)length)).TrimEnd('\0', ' ');
                if (tag == SeriesInstance)
                    return uid.Length > 0 ? uid : null;
                if (_unread.Contains(uid))
                    return null;
                syntax = uid;
            }
            // A sequence of unknown length is walked through, and so are its items.
            else if (tag is ItemEnd or SequenceEnd)
                depth--;
            else if (length == Undefined)
                depth++;
            else
                reader.BaseStream.Position += length;
        }
        return null;
    }

    private static uint ExplicitLength(BinaryReader reader)
    {
        if (!_long.Contains(Encoding.ASCII.GetString(reader.ReadBytes(2))))
            return reader.ReadUInt16();
        reader.ReadUInt16();
        return reader.ReadUInt32();
    }
}
