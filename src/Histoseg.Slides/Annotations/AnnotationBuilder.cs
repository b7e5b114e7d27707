using System.Globalization;
using System.Xml;

namespace Histoseg.Slides.Annotations;

/// <summary>Collects the regions of one file and what had to be left out; shared by the parsers of all formats.</summary>
/// <param name="path">What messages call the file.</param>
/// <param name="format">What kind of file it is; null: none that is known.</param>
internal sealed class AnnotationBuilder(string path, AnnotationFormat? format = null)
{
    // Where a quotation mark is lost, a value goes on for pages.
    private const int LongestQuote = 40;

    // A file with thousands of slivers is told with some of them.
    private const int MostWarnings = 20;

    // Far above any scanner's output; what lies beyond is a broken number, not a place on a slide.
    private const double LargestCoordinate = 1e8;

    private readonly List<AnnotatedRegion> _regions = [];
    private readonly List<string> _warnings = [];
    private int _withoutArea;
    private int _untold;

    /// <summary>Counts a point, line or other mark without an area.</summary>
    public void SkipWithoutArea() => _withoutArea++;

    /// <summary>Adds a region; one with fewer than three distinct points is left out with a warning.</summary>
    public void Add(string group, string name, List<SlidePoint> ring, IEnumerable<List<SlidePoint>> holes)
    {
        (group, name) = (OneLine(group), OneLine(name));
        if (!IsRing(ring))
        {
            Warn($"annotation '{name}' ({group}) has fewer than three points and is left out");
            return;
        }
        var kept = new List<IReadOnlyList<SlidePoint>>();
        foreach (var hole in holes)
        {
            if (IsRing(hole))
                kept.Add(hole);
            else
                Warn($"a hole of annotation '{name}' ({group}) has fewer than three points and is left out");
        }
        _regions.Add(new AnnotatedRegion(group, name, ring, kept));
    }

    /// <summary>Drops the closing point and points that repeat the one before, then tells whether an area is left.</summary>
    public static bool IsRing(List<SlidePoint> ring)
    {
        var kept = 0;
        for (var i = 0; i < ring.Count; i++)
            if (kept == 0 || ring[i] != ring[kept - 1])
                ring[kept++] = ring[i];
        while (kept > 1 && ring[kept - 1] == ring[0])
            kept--;
        ring.RemoveRange(kept, ring.Count - kept);
        return kept >= 3;
    }

    /// <summary>Adds a warning about something left out.</summary>
    public void Warn(string message)
    {
        if (_warnings.Count < MostWarnings)
            _warnings.Add(OneLine($"{path}: {message}"));
        else
            _untold++;
    }

    /// <summary>A point from two numbers, checked.</summary>
    /// <param name="x">Level-0 pixels.</param>
    /// <param name="y">Level-0 pixels.</param>
    /// <param name="where">Where in the file, for the message.</param>
    public SlidePoint Point(double x, double y, string where)
    {
        if (!(Math.Abs(x) <= LargestCoordinate && Math.Abs(y) <= LargestCoordinate))
            throw new SlideError(string.Create(CultureInfo.InvariantCulture, $"{path}: {where}: the coordinate ({x}, {y}) is no place on a slide"));
        return new SlidePoint(x, y);
    }

    /// <summary>A point from an XML element's attributes X and Y.</summary>
    public SlidePoint Point(XmlReader reader) => Point(Number(reader, "X"), Number(reader, "Y"), $"line {Line(reader)}");

    private double Number(XmlReader reader, string attribute) =>
        NumberIfGiven(reader, attribute) ?? throw Error(reader, $"<{reader.LocalName}> has no {attribute}");

    /// <summary>An attribute of an XML element as a number; null where the element has no such attribute.</summary>
    public double? NumberIfGiven(XmlReader reader, string attribute) =>
        reader.GetAttribute(attribute) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
        : throw Error(reader, $"{attribute}=\"{(text.Length > LongestQuote ? text[..LongestQuote] + "…" : text)}\" is not a number");

    /// <summary>An error at the reader's line.</summary>
    public SlideError Error(XmlReader reader, string message) => new(OneLine($"{path}: line {Line(reader)}: {message}"));

    /// <summary>An error somewhere in the file.</summary>
    public SlideError Error(string message) => new(OneLine($"{path}: {message}"));

    // Names come from the file and may hold line breaks; messages are one line.
    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();

    private static int Line(XmlReader reader) => (reader as IXmlLineInfo)?.LineNumber ?? 0;

    /// <summary>The finished annotation.</summary>
    public Annotation Build()
    {
        if (_untold > 0)
            _warnings.Add($"{path}: {_untold} more like these");
        if (_withoutArea > 0)
            _warnings.Add($"{path}: {_withoutArea} points, lines or other marks without an area are left out");
        return new Annotation(path, _regions, _warnings, format?.CountsFromBounds ?? false, format?.Name ?? "");
    }
}
