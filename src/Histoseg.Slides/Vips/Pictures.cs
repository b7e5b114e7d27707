using NetVips;

namespace Histoseg.Slides.Vips;

/// <summary>Small pictures as PNG and JPEG: overlays, thumbnails, report images. Pixels are RGB, 3 bytes each, rows top to bottom.</summary>
internal static class Pictures
{
    private const int JpegQuality = 90;

    /// <summary>Encodes a picture as PNG.</summary>
    /// <param name="rgb">height × width × 3 bytes.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    public static byte[] ToPngBytes(ReadOnlySpan<byte> rgb, int width, int height) =>
        Encode(rgb, width, height, 3, image => image.PngsaveBuffer());

    /// <summary>Encodes a picture as JPEG.</summary>
    /// <inheritdoc cref="ToPngBytes" path="/param"/>
    public static byte[] ToJpegBytes(ReadOnlySpan<byte> rgb, int width, int height) =>
        Encode(rgb, width, height, 3, image => image.JpegsaveBuffer(q: JpegQuality));

    /// <summary>Encodes a one-channel picture (labels, a heat map) as PNG, value for value.</summary>
    /// <param name="grey">height × width bytes.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    public static byte[] GreyToPngBytes(ReadOnlySpan<byte> grey, int width, int height) =>
        Encode(grey, width, height, 1, image => image.PngsaveBuffer());

    /// <summary>Writes a picture as a PNG file, whole or not at all.</summary>
    /// <param name="path">The file; its folder is made where there is none.</param>
    /// <param name="rgb">height × width × 3 bytes.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <exception cref="WriteError">The file cannot be written.</exception>
    public static void WritePng(string path, ReadOnlySpan<byte> rgb, int width, int height) =>
        WriteFile(path, ToPngBytes(rgb, width, height));

    /// <summary>Writes a picture as a JPEG file, whole or not at all.</summary>
    /// <inheritdoc cref="WritePng" path="/param"/>
    /// <exception cref="WriteError">The file cannot be written.</exception>
    public static void WriteJpeg(string path, ReadOnlySpan<byte> rgb, int width, int height) =>
        WriteFile(path, ToJpegBytes(rgb, width, height));

    /// <summary>Writes a one-channel picture (labels, a heat map) as a PNG file, whole or not at all.</summary>
    /// <param name="path">The file; its folder is made where there is none.</param>
    /// <param name="grey">height × width bytes.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <exception cref="WriteError">The file cannot be written.</exception>
    public static void WriteGreyPng(string path, ReadOnlySpan<byte> grey, int width, int height) =>
        WriteFile(path, GreyToPngBytes(grey, width, height));

    /// <summary>A small picture of a whole view; unreadable parts are white.</summary>
    /// <param name="view">The view; any scale.</param>
    /// <param name="longestSide">The picture's longer side in pixels; a smaller view is not enlarged.</param>
    /// <returns>The pixels and the size.</returns>
    public static (byte[] Rgb, int Width, int Height) Thumbnail(SlideView view, int longestSide)
    {
        var small = view.Shrunk(longestSide);
        var rgb = new byte[small.Width * small.Height * 3];
        small.Read(0, 0, small.Width, small.Height, rgb);
        return (rgb, small.Width, small.Height);
    }

    private static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, int channels, Func<Image, byte[]> save)
    {
        if (width < 1 || height < 1 || pixels.Length < (long)width * height * channels)
            throw new ArgumentException($"{pixels.Length} bytes are no picture of {width}×{height} pixels with {channels} channels", nameof(pixels));
        VipsLibrary.Require("picture");
        using var raw = Image.NewFromMemoryCopy(pixels[..(width * height * channels)], width, height, channels, Enums.BandFormat.Uchar);
        using var image = raw.Copy(interpretation: channels == 3 ? Enums.Interpretation.Srgb : Enums.Interpretation.Bw);
        return save(image);
    }

    private static void WriteFile(string path, byte[] bytes) => WholeFile.Write(path, file => file.Write(bytes));
}
