using System.Buffers.Binary;

namespace Histoseg.Slides.Tiff;

/// <summary>The bytes of a TIFF with its byte order and offset size; reads past the end give null.</summary>
internal sealed class TiffBytes
{
    private readonly Stream _stream;
    private readonly bool _littleEndian;

    private TiffBytes(Stream stream, bool littleEndian, bool big)
    {
        _stream = stream;
        _littleEndian = littleEndian;
        IsBig = big;
    }

    internal bool IsBig { get; }

    internal long Length => _stream.Length;

    internal long FirstDirectory { get; private set; }

    internal static TiffBytes? Open(Stream stream)
    {
        Span<byte> head = stackalloc byte[4];
        stream.Position = 0;
        if (stream.ReadAtLeast(head, 4, throwOnEndOfStream: false) < 4)
            return null;
        var bytes = new TiffBytes(stream, head[0] == 'I', head[2] == '+' || head[3] == '+');
        if (bytes.Read(bytes.IsBig ? 8 : 4, bytes.IsBig ? 8 : 4) is not { } first)
            return null;
        bytes.FirstDirectory = bytes.Number(first, 0, bytes.IsBig ? 8 : 4);
        return bytes;
    }

    internal byte[]? Read(long offset, long count)
    {
        if (offset < 0 || count < 0 || count > int.MaxValue || offset > Length - count)
            return null;
        var bytes = new byte[count];
        _stream.Position = offset;
        return _stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length ? bytes : null;
    }

    internal long Number(ReadOnlySpan<byte> bytes, int at, int size) => (size, _littleEndian) switch
    {
        (1, _) => bytes[at],
        (2, true) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]),
        (2, false) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]),
        (4, true) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]),
        (4, false) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]),
        (_, true) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]),
        (_, false) => BinaryPrimitives.ReadInt64BigEndian(bytes[at..]),
    };
}
