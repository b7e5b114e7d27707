using System.Buffers.Binary;
using System.IO.Compression;

namespace Histoseg.Slides.Tests.Fakes;

/// <summary>Writes PNGs of stored numbers, with every filter of lines, with or without interlacing.</summary>
internal static class SmallPng
{
    private static readonly (int X, int Y, int StepX, int StepY)[] _adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where it goes.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="bits">1, 2, 4 or 8.</param>
    /// <param name="palette">RGB of each number; none: grey.</param>
    /// <param name="value">The number of a pixel.</param>
    /// <param name="interlaced">Adam7.</param>
    public static void Write(string path, int width, int height, int bits, byte[] palette, Func<int, int, byte> value, bool interlaced = false)
    {
        using var file = File.Create(path);
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        (head[8], head[9], head[12]) = ((byte)bits, (byte)(palette.Length > 0 ? 3 : 0), (byte)(interlaced ? 1 : 0));
        Chunk(file, "IHDR"u8, head);
        if (palette.Length > 0)
            Chunk(file, "PLTE"u8, palette);
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest))
            foreach (var pass in interlaced ? _adam7 : [(X: 0, Y: 0, StepX: 1, StepY: 1)])
                Pass(zlib, pass, width, height, bits, value);
        var data = packed.ToArray();
        // In two chunks, as large files are.
        Chunk(file, "IDAT"u8, data[..(data.Length / 2)]);
        Chunk(file, "IDAT"u8, data[(data.Length / 2)..]);
        Chunk(file, "IEND"u8, []);
    }

    private static void Pass(Stream zlib, (int X, int Y, int StepX, int StepY) pass, int width, int height, int bits, Func<int, int, byte> value)
    {
        var columns = (width - pass.X + pass.StepX - 1) / pass.StepX;
        if (columns <= 0)
            return;
        var before = new byte[((columns * bits) + 7) / 8];
        for (var (y, line) = (pass.Y, 0); y < height; y += pass.StepY, line++)
        {
            var raw = new byte[before.Length];
            for (var i = 0; i < columns; i++)
                raw[i * bits / 8] |= (byte)(value(pass.X + (i * pass.StepX), y) << (8 - bits - (i * bits % 8)));
            var filter = line % 5;
            zlib.WriteByte((byte)filter);
            for (var i = 0; i < raw.Length; i++)
            {
                int left = i == 0 ? 0 : raw[i - 1], up = before[i], corner = i == 0 ? 0 : before[i - 1];
                zlib.WriteByte((byte)(raw[i] - (filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => Paeth(left, up, corner), _ => 0 })));
            }
            before = raw;
        }
    }

    private static int Paeth(int a, int b, int c)
    {
        var p = a + b - c;
        return Math.Abs(p - a) <= Math.Abs(p - b) && Math.Abs(p - a) <= Math.Abs(p - c) ? a : Math.Abs(p - b) <= Math.Abs(p - c) ? b : c;
    }

    private static void Chunk(Stream file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(name);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc([.. name, .. data]));
        file.Write(number);
    }

    /// <summary>The checksum of a chunk: of its name and data.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }
        return ~crc;
    }
}
