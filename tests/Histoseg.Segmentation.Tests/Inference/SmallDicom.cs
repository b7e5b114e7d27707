using System.Text;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>The head of a DICOM file, up to its series.</summary>
internal static class SmallDicom
{
    /// <summary>Elements before the series with short and long lengths, and sequences of known and unknown length that name other series.</summary>
    public static byte[] Write(string series, bool isImplicit)
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(new byte[128]);
        writer.Write("DICM"u8);
        Explicit(0x0002, 0x0001, "OB", [0, 1]);
        Explicit(0x0002, 0x0010, "UI", Text(isImplicit ? "1.2.840.10008.1.2" : "1.2.840.10008.1.2.1"));
        Element(0x0008, 0x0016, "UI", Text("1.2.840.10008.5.1.4.1.1.77.1.6"));
        Open(0x0008, 0x1115, "SQ");
        Mark(0xE000, uint.MaxValue);
        Element(0x0020, 0x000E, "UI", Text("9.9"));
        Mark(0xE00D, 0);
        Mark(0xE000, 8);
        writer.Write(new byte[8]);
        Mark(0xE0DD, 0);
        Element(0x0018, 0x9999, "UT", new byte[300]);
        Element(0x0020, 0x000D, "UI", Text("1.2"));
        Element(0x0020, 0x000E, "UI", Text(series));
        Element(0x0028, 0x0010, "US", [0, 1]);
        return bytes.ToArray();

        static byte[] Text(string text) => Encoding.ASCII.GetBytes(text.Length % 2 == 0 ? text : text + "\0");

        void Element(ushort group, ushort element, string kind, byte[] value)
        {
            if (!isImplicit)
            {
                Explicit(group, element, kind, value);
                return;
            }
            Tag(group, element);
            writer.Write((uint)value.Length);
            writer.Write(value);
        }

        void Explicit(ushort group, ushort element, string kind, byte[] value)
        {
            Tag(group, element);
            writer.Write(Encoding.ASCII.GetBytes(kind));
            if (kind is "OB" or "UT")
            {
                writer.Write((ushort)0);
                writer.Write((uint)value.Length);
            }
            else
                writer.Write((ushort)value.Length);
            writer.Write(value);
        }

        void Open(ushort group, ushort element, string kind)
        {
            Tag(group, element);
            if (!isImplicit)
                writer.Write([(byte)kind[0], (byte)kind[1], 0, 0]);
            writer.Write(uint.MaxValue);
        }

        void Mark(ushort element, uint length)
        {
            Tag(0xFFFE, element);
            writer.Write(length);
        }

        void Tag(ushort group, ushort element)
        {
            writer.Write(group);
            writer.Write(element);
        }
    }
}
