using Histoseg.Slides.Tiff;

namespace Histoseg.Slides.Labels;

/// <summary>
/// A TIFF whose stored numbers are wanted: libvips shows what they look like, colours of a palette and white for 0 where the file says so. Opened through
/// this, the file says nothing of the kind.
/// </summary>
internal sealed class StoredTiff
{
    private const int MinIsWhite = 0, MinIsBlack = 1, Palette = 3;

    // A hostile file may chain directories for ever.
    private const int MostDirectories = 4096;

    private readonly string _path;
    private readonly bool _littleEndian;
    private readonly List<long> _photometrics = [];

    private StoredTiff(string path, Stream stream, TiffBytes bytes)
    {
        _path = path;
        stream.Position = 0;
        _littleEndian = stream.ReadByte() == 'I';
        var seen = new HashSet<long>();
        for (var next = bytes.FirstDirectory; next != 0 && seen.Count < MostDirectories && seen.Add(next);)
        {
            if (TiffDirectory.Read(bytes, next) is not { } directory)
                break;
            Look(directory, first: seen.Count == 1);
            next = directory.Next;
        }
    }

    /// <summary>Bits of a value.</summary>
    public int Bits { get; private set; } = 8;

    /// <summary>Values of a pixel that are not said to be its opacity.</summary>
    public int Channels { get; private set; } = 1;

    /// <summary>TIFF's number for how values are to be taken: 1 whole, 2 whole with a sign, 3 with a fraction, 4 untold, 5 and 6 complex.</summary>
    public int Format { get; private set; } = 1;

    /// <summary>Whether the compression of the first page changes values: JPEG.</summary>
    public bool IsLossy { get; private set; }

    /// <summary>Pages of the first one's size that are not said to be reduced or a transparency mask, with the first.</summary>
    public int Planes { get; private set; }

    /// <summary>Whether libvips would not give the stored numbers by itself.</summary>
    public bool IsShownOtherwise => _photometrics.Count > 0;

    private (long Width, long Height) Size { get; set; }

    /// <summary>Looks at a file; null where it is no TIFF.</summary>
    /// <exception cref="SlideError">It cannot be read.</exception>
    public static StoredTiff? Read(string path)
    {
        try
        {
            using var stream = InputFile.Open(path);
            var head = new byte[4];
            return stream.ReadAtLeast(head, 4, throwOnEndOfStream: false) == 4 && TiffStructure.IsTiff(head) && TiffBytes.Open(stream) is { } bytes
                ? new(path, stream, bytes) : null;
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw new SlideError($"{path}: cannot be read: {FileTrouble.InWords(e)}", e);
        }
    }

    /// <summary>The file's bytes, so changed that libvips gives the stored numbers; the caller disposes it.</summary>
    public Stream Open()
    {
        var file = InputFile.Open(_path);
        return new PatchedStream(file, [.. _photometrics.SelectMany(place => new (long, byte)[]
        {
            (place, (byte)(_littleEndian ? MinIsBlack : 0)),
            (place + 1, (byte)(_littleEndian ? 0 : MinIsBlack)),
        })]);
    }

    private void Look(TiffDirectory directory, bool first)
    {
        var samples = (int)(One(directory, TiffTag.SamplesPerPixel) ?? 1);
        var photometric = One(directory, TiffTag.Photometric);
        if (samples == 1 && photometric is MinIsWhite or Palette && directory.PlaceOf(TiffTag.Photometric) is { } place)
            _photometrics.Add(place);
        var size = (One(directory, TiffTag.Width) ?? 0, One(directory, TiffTag.Height) ?? 0);
        if (first)
        {
            Size = size;
            Bits = (int)(One(directory, TiffTag.BitsPerSample) ?? 1);
            Format = (int)(One(directory, TiffTag.SampleFormat) ?? 1);
            IsLossy = One(directory, TiffTag.Compression) is 6 or 7;
            Channels = samples - (directory.Numbers(TiffTag.ExtraSamples) ?? []).Count(kind => kind is 1 or 2);
        }
        if (size == Size && ((One(directory, TiffTag.NewSubfileType) ?? 0) & 5) == 0)
            Planes++;
    }

    private static long? One(TiffDirectory directory, TiffTag tag) => directory.Numbers(tag) is [var first, ..] ? first : null;
}
