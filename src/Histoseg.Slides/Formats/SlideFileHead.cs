using Histoseg.Slides.Tiff;

namespace Histoseg.Slides.Formats;

/// <summary>What is looked at to tell a slide's format: its path, its first bytes, and its directories where it is a TIFF inside.</summary>
internal sealed class SlideFileHead
{
    private readonly byte[] _first;

    private SlideFileHead(string path, byte[] first, TiffStructure? tiff, PictureLimit limit) =>
        (Path, _first, Tiff, Limit) = (path, first, tiff, limit);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The TIFF's structure; null where the file is none.</summary>
    public TiffStructure? Tiff { get; }

    /// <summary>How large a picture is read.</summary>
    public PictureLimit Limit { get; }

    /// <summary>Looks at a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">How large a picture is read; null: <see cref="PictureLimit.Default"/>.</param>
    /// <exception cref="SlideError">It is missing, a folder, empty or unreadable, or a TIFF that is cut short.</exception>
    public static SlideFileHead Read(string path, PictureLimit? limit = null)
    {
        try
        {
            using var stream = InputFile.Open(path);
            if (stream.Length == 0)
                throw new SlideError($"{path}: the file is empty; copy it again");
            var first = new byte[8];
            first = first[..stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false)];
            return new(path, first, TiffStructure.IsTiff(first) ? TiffStructure.Read(path, stream) : null, limit ?? PictureLimit.Default);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw new SlideError($"{path}: cannot be read: {FileTrouble.InWords(e)}", e);
        }
    }

    /// <summary>Whether the file begins with these bytes, at most eight.</summary>
    public bool StartsWith(params ReadOnlySpan<byte> signature) => _first.AsSpan().StartsWith(signature);

    /// <summary>Whether the file's name ends in one of these extensions, in upper or lower case.</summary>
    public bool HasExtension(IEnumerable<string> extensions) => extensions.Contains(System.IO.Path.GetExtension(Path), StringComparer.OrdinalIgnoreCase);
}
