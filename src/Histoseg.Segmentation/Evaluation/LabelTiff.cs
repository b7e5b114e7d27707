using Histoseg.Slides;
using NetVips;

namespace Histoseg.Segmentation.Evaluation;

/// <summary>A label map on disk, as inference writes it: read in bands of rows.</summary>
public sealed class LabelTiff : IDisposable
{
    private readonly string _path;
    private readonly Image _image;

    /// <summary>Opens a label map; pixels are read on demand.</summary>
    /// <exception cref="SlideError">The file is missing, unreadable or not an 8-bit picture of one channel.</exception>
    public LabelTiff(string path)
    {
        _path = path;
        if (!File.Exists(path))
            throw new SlideError($"{path}: no such label map");
        try
        {
            _image = Image.NewFromFile(path, failOn: Enums.FailOn.Error);
        }
        catch (VipsException error)
        {
            throw Unreadable(error);
        }
        if (_image.Bands != 1 || _image.Format != Enums.BandFormat.Uchar)
        {
            var found = $"{_image.Bands} channels of {_image.Format}";
            _image.Dispose();
            throw new SlideError($"{path}: not a label map: it has {found} where one of 8 bits is expected");
        }
    }

    /// <summary>Width in pixels.</summary>
    public int Width => _image.Width;

    /// <summary>Height in pixels.</summary>
    public int Height => _image.Height;

    /// <summary>µm per pixel from the resolution tags; null where there are none.</summary>
    public double? MicronsPerPixel => _image.Xres > 1 ? 1000 / _image.Xres : null; // libvips: pixels per mm, 1 where the file has none

    /// <summary>Reads whole rows.</summary>
    /// <param name="y">The first row.</param>
    /// <param name="count">Rows; none beyond the last.</param>
    /// <returns>count × Width labels.</returns>
    /// <exception cref="SlideError">The file is damaged there.</exception>
    public byte[] ReadRows(int y, int count)
    {
        try
        {
            using var band = _image.Crop(0, y, _image.Width, count);
            return band.WriteToMemory<byte>();
        }
        catch (VipsException error)
        {
            throw Unreadable(error);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _image.Dispose();

    private SlideError Unreadable(VipsException error) =>
        new($"{_path}: the label map cannot be read ({error.Message.ReplaceLineEndings(" ").Trim()}); segment the slide again", error);
}
