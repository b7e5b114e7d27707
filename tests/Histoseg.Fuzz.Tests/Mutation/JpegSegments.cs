using System.Buffers.Binary;

namespace Histoseg.Fuzz.Tests.Mutation;

/// <summary>Edits of a JPEG's segments (frame, tables, scans); their lengths follow.</summary>
internal static class JpegSegments
{
    private const byte StartOfScan = 0xDA;

    /// <summary>A mutant.</summary>
    public static byte[] Mutate(Random random, byte[] jpeg)
    {
        var segments = Parse(jpeg);
        for (var edits = random.Edits(); edits > 0 && segments.Count > 0; edits--)
        {
            var at = random.Next(segments.Count);
            var (marker, data) = segments[at];
            switch (random.Next(7))
            {
                case 0:
                    segments.RemoveAt(at);
                    break;
                case 1:
                    segments.Insert(random.Next(segments.Count), (marker, data));
                    break;
                case 2:
                    segments[at] = ((byte)random.Next(0xC0, 0x100), data);
                    break;
                case 3 when segments.Exists(segment => segment.Marker is >= 0xC0 and <= 0xC2):
                    // Height and width, 16 bits each, behind the precision.
                    at = segments.FindIndex(segment => segment.Marker is >= 0xC0 and <= 0xC2);
                    if (segments[at].Data.Length >= 6)
                        BinaryPrimitives.WriteUInt16BigEndian(segments[at].Data.AsSpan(1 + (2 * random.Next(2))), unchecked((ushort)random.Edge()));
                    break;
                default:
                    segments[at] = (marker, ByteEdits.Edit(random, data));
                    break;
            }
        }
        var file = new List<byte> { 0xFF, 0xD8 };
        foreach (var (marker, data) in segments)
        {
            var length = (marker == StartOfScan ? ScanHeader(data) : data.Length) + 2;
            file.AddRange([0xFF, marker, (byte)(length >> 8), (byte)length, .. data]);
        }
        file.AddRange([0xFF, 0xD9]);
        return random.OneIn(15) ? ByteEdits.Edit(random, [.. file]) : [.. file];
    }

    // A scan's data follow its header, up to the next marker that is no restart.
    private static List<(byte Marker, byte[] Data)> Parse(byte[] jpeg)
    {
        var segments = new List<(byte, byte[])>();
        for (var at = 2; at + 4 <= jpeg.Length && jpeg[at + 1] != 0xD9;)
        {
            var (marker, end) = (jpeg[at + 1], at + 2 + BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(at + 2)));
            if (marker == StartOfScan)
                while (jpeg[end] != 0xFF || jpeg[end + 1] is 0 or (>= 0xD0 and <= 0xD7))
                    end++;
            segments.Add((marker, jpeg[(at + 4)..end]));
            at = end;
        }
        return segments;
    }

    private static int ScanHeader(byte[] scan) => scan.Length == 0 ? 0 : Math.Min(scan.Length, 4 + (2 * scan[0]));
}
