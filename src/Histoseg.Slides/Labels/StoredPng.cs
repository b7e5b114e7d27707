using System.Buffers.Binary;
using System.IO.Compression;
using NetVips;

namespace Histoseg.Slides.Labels;

/// <summary>
/// The stored numbers of a PNG with a palette, or with fewer than 8 bits: libvips gives the palette's colours, and stretches 1, 2 and 4 bits to 0…255.
/// </summary>
internal static class StoredPng
{
    private const int Grey = 0, Palette = 3;

    // Deflate makes no more than this of a byte.
    private const int LargestRatio = 1032;

    private static readonly (int X, int Y, int StepX, int StepY)[] _whole = [(0, 0, 1, 1)];

    // Adam7, the passes of an interlaced PNG.
    private static readonly (int X, int Y, int StepX, int StepY)[] _interlaced =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Whether a file begins as a PNG does.</summary>
    public static bool IsPng(ReadOnlySpan<byte> head) => head.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);

    /// <summary>The pixels of such a PNG, decoded whole; null where libvips gives the stored numbers by itself, or the file is no PNG.</summary>
    /// <exception cref="SlideError">It is damaged, cut short or too large.</exception>
    public static Image? Load(string path)
    {
        try
        {
            using var file = InputFile.Open(path);
            // Signature, length and name of the first chunk, the header, its checksum.
            var head = new byte[8 + 8 + 13 + 4];
            if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || !IsPng(head) || !head.AsSpan(12).StartsWith("IHDR"u8))
                return null;
            var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(16)), BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(20)));
            var (bits, colour, interlaced) = (head[24], head[25], head[28]);
            if (!(colour == Palette || (colour == Grey && bits < 8)) || bits is not (1 or 2 or 4 or 8) || width == 0 || height == 0)
                return null;
            if ((long)width * height > Array.MaxLength)
                throw new SlideError($"{path}: {width} × {height} pixels are too many for a PNG of this kind; save it as a tiled TIFF of 8-bit grey");
            using var packed = Packed(file);
            // A header may claim any size: no memory is taken for what cannot be there.
            if (((long)width * bits + 7) / 8 * height > (packed.Length + 1) * LargestRatio)
                throw new EndOfStreamException();
            var pixels = new byte[width * height];
            using var data = new ZLibStream(packed, CompressionMode.Decompress);
            foreach (var pass in interlaced == 0 ? _whole : _interlaced)
                Decode(data, pass, bits, (int)width, (int)height, pixels);
            // To the end, where the checksum is.
            if (data.ReadByte() >= 0)
                throw new InvalidDataException();
            return Image.NewFromMemory(pixels, (int)width, (int)height, 1, Enums.BandFormat.Uchar);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new SlideError($"{path}: the picture cannot be read: it is damaged or cut short; copy or export it again", e);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw new SlideError($"{path}: cannot be read: {FileTrouble.InWords(e)}", e);
        }
    }

    // The data of all IDAT chunks.
    private static MemoryStream Packed(FileStream file)
    {
        var packed = new MemoryStream();
        var head = new byte[8];
        while (file.ReadAtLeast(head, 8, throwOnEndOfStream: false) == 8 && !head.AsSpan(4).SequenceEqual("IEND"u8))
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(head);
            if (length > file.Length - file.Position)
                throw new EndOfStreamException();
            if (head.AsSpan(4).SequenceEqual("IDAT"u8))
            {
                var data = new byte[length];
                file.ReadExactly(data);
                packed.Write(data);
            }
            else
            {
                file.Position += length;
            }
            file.Position += 4; // its checksum; the data have one of their own
        }
        packed.Position = 0;
        return packed;
    }

    private static void Decode(ZLibStream data, (int X, int Y, int StepX, int StepY) pass, int bits, int width, int height, byte[] pixels)
    {
        var columns = (width - pass.X + pass.StepX - 1) / pass.StepX;
        if (columns <= 0)
            return;
        var line = new byte[1 + (((long)columns * bits + 7) / 8)];
        var before = new byte[line.Length];
        for (var y = pass.Y; y < height; y += pass.StepY)
        {
            data.ReadExactly(line);
            Unfilter(line, before);
            for (var i = 0; i < columns; i++)
            {
                var bit = (long)i * bits;
                pixels[((long)y * width) + pass.X + ((long)i * pass.StepX)] = (byte)((line[1 + (bit >> 3)] >> (8 - bits - (int)(bit & 7))) & ((1 << bits) - 1));
            }
            (line, before) = (before, line);
        }
    }

    // PNG, section 9: each byte is told by its difference to the one on the left, above, or both. The first byte of a line says which.
    private static void Unfilter(Span<byte> line, ReadOnlySpan<byte> before)
    {
        for (var i = 1; i < line.Length; i++)
        {
            var (left, up, corner) = i == 1 ? (0, before[i], 0) : (line[i - 1], before[i], before[i - 1]);
            line[i] += line[0] switch
            {
                0 => 0,
                1 => (byte)left,
                2 => (byte)up,
                3 => (byte)((left + up) / 2),
                4 => Paeth(left, up, corner),
                _ => throw new InvalidDataException(),
            };
        }
    }

    private static byte Paeth(int left, int up, int corner)
    {
        var (toLeft, toUp, toCorner) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - (2 * corner)));
        return (byte)(toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner);
    }
}
