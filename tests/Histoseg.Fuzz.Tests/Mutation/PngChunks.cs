using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Histoseg.Slides.Tests.Fakes;

namespace Histoseg.Fuzz.Tests.Mutation;

/// <summary>Edits of a PNG's chunks; checksums follow, so that readers look inside.</summary>
internal static class PngChunks
{
    private const int Signature = 8;
    private static readonly string[] Names = ["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "pHYs", "tEXt", "iCCP", "acTL", "abcd"];

    /// <summary>A mutant.</summary>
    public static byte[] Mutate(Random random, byte[] png)
    {
        var chunks = Parse(png);
        for (var edits = random.Edits(); edits > 0; edits--)
            Edit(random, chunks);
        var file = new MemoryStream();
        file.Write(png, 0, Signature);
        foreach (var (name, data) in chunks)
            Write(random, file, name, data);
        return random.OneIn(15) ? ByteEdits.Edit(random, file.ToArray()) : file.ToArray();
    }

    private static List<(string Name, byte[] Data)> Parse(byte[] png)
    {
        var chunks = new List<(string, byte[])>();
        for (var at = Signature; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            chunks.Add((Encoding.ASCII.GetString(png, at + 4, 4), png[(at + 8)..(at + 8 + length)]));
            at += 12 + length;
        }
        return chunks;
    }

    private static void Edit(Random random, List<(string Name, byte[] Data)> chunks)
    {
        if (chunks.Count == 0)
            return;
        var at = random.Next(chunks.Count);
        var (name, data) = chunks[at];
        switch (random.Next(8))
        {
            case 0:
                chunks.RemoveAt(at);
                break;
            case 1:
                chunks.Insert(random.Next(chunks.Count), (name, data));
                break;
            case 2:
                chunks[at] = (random.Of(Names), data);
                break;
            case 3:
                chunks.Insert(at, (random.Of(Names), data.Length > 64 ? data[..64] : data));
                break;
            case 4 or 5 when chunks.Exists(chunk => chunk.Name == "IHDR"):
                at = chunks.FindIndex(chunk => chunk.Name == "IHDR");
                chunks[at] = ("IHDR", Head(random, chunks[at].Data));
                break;
            case 6 when name == "IDAT":
                chunks[at] = (name, Recompressed(random, data));
                break;
            default:
                chunks[at] = (name, ByteEdits.Edit(random, data));
                break;
        }
    }

    // Width, height, bits, kind of colour, compression, filter, interlacing.
    private static byte[] Head(Random random, byte[] head)
    {
        if (head.Length < 13)
            return head;
        var changed = (byte[])head.Clone();
        var field = random.Next(7);
        if (field < 2)
            BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(4 * field), (int)random.Near(BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4 * field))));
        else
            changed[6 + field] = random.Of<byte>([0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 255]);
        return changed;
    }

    // Other rows, in a valid stream: filters that do not exist, too few or too many bytes. As it was where it is not the whole stream.
    private static byte[] Recompressed(Random random, byte[] data)
    {
        var rows = new MemoryStream();
        try
        {
            using var packed = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress);
            packed.CopyTo(rows);
        }
        catch (InvalidDataException)
        {
            return data;
        }
        var file = new MemoryStream();
        using (var zlib = new ZLibStream(file, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(ByteEdits.Edit(random, rows.ToArray()));
        return file.ToArray();
    }

    private static void Write(Random random, MemoryStream file, string name, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        byte[] body = [.. Encoding.ASCII.GetBytes(name), .. data];
        BinaryPrimitives.WriteInt32BigEndian(number, random.OneIn(60) ? (int)random.Near(data.Length) : data.Length);
        file.Write(number);
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, SmallPng.Crc(body));
        file.Write(number);
    }
}
