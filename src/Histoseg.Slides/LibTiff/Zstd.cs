using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Histoseg.Slides.Tiff;
using ZstdSharp;

namespace Histoseg.Slides.LibTiff;

/// <summary>Tiles compressed with zstd, after libtiff's definition: the samples of a tile in the file's byte order, differences along rows where the
/// predictor says so.</summary>
internal static class Zstd
{
    private const int NoPredictor = 1, Horizontal = 2;

    /// <summary>Decodes a tile.</summary>
    /// <param name="raw">The tile as it lies in the file.</param>
    /// <param name="bytes">Receives the samples in the machine's byte order.</param>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="samples">Samples of a pixel.</param>
    /// <param name="page">Bits and predictor.</param>
    /// <param name="swapped">Whether the file's byte order is not the machine's.</param>
    /// <param name="damaged">The error of a damaged tile.</param>
    /// <param name="unusual">The error of a predictor that is not known.</param>
    public static void Decode(ReadOnlySpan<byte> raw, byte[] bytes, int width, int samples, TiffPage page, bool swapped, Func<SlideError> damaged,
        Func<SlideError> unusual)
    {
        try
        {
            using var decompressor = new Decompressor();
            decompressor.Unwrap(raw, bytes);
        }
        catch (ZstdException)
        {
            throw damaged();
        }
        if (swapped && page.Bits == 16)
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan()), MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan()));
        if (swapped && page.Bits == 32)
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, uint>(bytes.AsSpan()), MemoryMarshal.Cast<byte, uint>(bytes.AsSpan()));
        if (page.Predictor == NoPredictor)
            return;
        if (page.Predictor != Horizontal || page.Bits is not (8 or 16))
            throw unusual();
        var row = width * samples;
        var deep = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
        for (var start = 0; start < (page.Bits == 8 ? bytes.Length : deep.Length); start += row)
            for (var i = start + samples; i < start + row; i++)
                if (page.Bits == 8)
                    bytes[i] += bytes[i - samples];
                else
                    deep[i] += deep[i - samples];
    }
}
