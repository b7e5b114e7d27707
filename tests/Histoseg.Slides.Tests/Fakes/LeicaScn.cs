using System.Globalization;

namespace Histoseg.Slides.Tests.Fakes;

/// <summary>
/// Writes a small Leica SCN as its scanner does: a macro picture of the whole plane, and a scan of a part of it, of which OpenSlide tells bounds.
/// </summary>
internal static class LeicaScn
{
    private const int Nanometres = 500; // per pixel of the scan

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where it goes; its name should end in .scn.</param>
    /// <param name="planeWidth">Pixels of the plane, at the scan's scale.</param>
    /// <param name="planeHeight">The same downwards.</param>
    /// <param name="left">Where the scan begins in the plane.</param>
    /// <param name="top">The same downwards.</param>
    /// <param name="width">Pixels of the scan, a multiple of 256.</param>
    /// <param name="height">The same downwards.</param>
    /// <param name="colour">Colour of a pixel of the scan.</param>
    public static void Write(
        string path, int planeWidth, int planeHeight, int left, int top, int width, int height, Func<int, int, (byte R, byte G, byte B)> colour)
    {
        static string Nm(int pixels) => (pixels * Nanometres).ToString(CultureInfo.InvariantCulture);
        string Image(int page, int columns, int rows, int x, int y, int viewWidth, int viewHeight, string objective) =>
            $"<image name=\"i{page}\"><creationDate>2020-01-01T00:00:00Z</creationDate><device model=\"SCN400\" version=\"1\"/><pixels sizeX=\"{columns}\" "
                + $"sizeY=\"{rows}\"><dimension sizeX=\"{columns}\" sizeY=\"{rows}\" r=\"0\" ifd=\"{page}\"/></pixels><view sizeX=\"{Nm(viewWidth)}\" "
                + $"sizeY=\"{Nm(viewHeight)}\" offsetX=\"{Nm(x)}\" offsetY=\"{Nm(y)}\"/><scanSettings><objectiveSettings><objective>{objective}</objective>"
                + "</objectiveSettings><illuminationSettings><numericalAperture>0.4</numericalAperture><illuminationSource>brightfield</illuminationSource>"
                + "</illuminationSettings></scanSettings></image>";
        var description = "<?xml version=\"1.0\"?><scn xmlns=\"http://www.leica-microsystems.com/scn/2010/10/01\">"
            + $"<collection name=\"c\" sizeX=\"{Nm(planeWidth)}\" sizeY=\"{Nm(planeHeight)}\"><barcode>MQ==</barcode>"
            + Image(0, 256, 256, 0, 0, planeWidth, planeHeight, "0.6") + Image(1, width, height, left, top, width, height, "20") + "</collection></scn>";
        SmallTiff.Write(path, littleEndian: true,
            SmallTiffPage.Tiled(256, 256, 256, (_, _) => (240, 240, 240)) with { Description = description },
            SmallTiffPage.Tiled(width, height, 256, colour));
    }
}
