using System.IO.Compression;

namespace Histoseg.Slides.Annotations;

/// <summary>Annotation files as programs pack them: gzip, or a zip that holds one file. What is packed in neither way stays as it is.</summary>
internal static class PackedAnnotation
{
    /// <summary>The largest annotation read, in bytes, packed or not: a packed one may unpack to a thousand times its size.</summary>
    public const long Largest = 1L << 30;

    /// <summary>Whether a file begins as gzip does.</summary>
    public static bool IsGzip(ReadOnlySpan<byte> content) => content.StartsWith<byte>([0x1F, 0x8B]);

    /// <summary>Whether a file begins as a zip does, also an empty one.</summary>
    public static bool IsZip(ReadOnlySpan<byte> content) => content.StartsWith("PK\x03\x04"u8) || content.StartsWith("PK\x05\x06"u8);

    /// <summary>The bytes of the annotation itself.</summary>
    /// <param name="path">What messages call the file.</param>
    /// <param name="content">The file's bytes.</param>
    /// <param name="largest">More unpacked bytes than this are an error.</param>
    /// <exception cref="SlideError">It is damaged, a zip holds another number of files than one, or it unpacks to too much.</exception>
    public static byte[] Unpack(string path, byte[] content, long largest = Largest)
    {
        try
        {
            return IsGzip(content) ? Inflate(path, () => new GZipStream(new MemoryStream(content), CompressionMode.Decompress), largest)
                : IsZip(content) ? UnpackZip(path, content, largest)
                : content;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException or IOException)
        {
            throw new SlideError($"{path}: the file is packed and cannot be unpacked: it is damaged or cut short; copy it again, or unpack it yourself", e);
        }
    }

    private static byte[] UnpackZip(string path, byte[] content, long largest)
    {
        using var zip = new ZipArchive(new MemoryStream(content), ZipArchiveMode.Read);
        // macOS adds a folder of its own beside what was packed.
        var files = zip.Entries.Where(entry => entry.Name.Length > 0 && !entry.FullName.StartsWith("__MACOSX/", StringComparison.Ordinal)).ToList();
        if (files.Count != 1)
            throw new SlideError($"{path}: the zip holds {files.Count} files; an annotation's zip holds one: unpack it and name the annotation of this slide");
        if (files[0].IsEncrypted)
            throw new SlideError($"{path}: the zip is locked with a password; unpack it");
        var unpacked = Inflate(path, files[0].Open, largest);
        return Crc32.Of(unpacked) == files[0].Crc32 ? unpacked : throw new InvalidDataException();
    }

    // Twice: the first time only counts, so that a bomb takes no memory.
    private static byte[] Inflate(string path, Func<Stream> open, long largest)
    {
        var length = 0L;
        using (var counted = open())
        {
            var buffer = new byte[1 << 16];
            for (int read; (read = counted.Read(buffer)) > 0;)
                if ((length += read) > largest)
                    throw new SlideError($"{path}: the packed file unpacks to more than {largest >> 20} MiB; is it an annotation?");
        }
        var unpacked = new byte[length];
        using var stream = open();
        stream.ReadExactly(unpacked);
        return unpacked;
    }
}
