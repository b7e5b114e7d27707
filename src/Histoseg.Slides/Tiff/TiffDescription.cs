using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;

namespace Histoseg.Slides.Tiff;

/// <summary>What the text in a TIFF's first page says of it, where the text is OME-XML or ImageJ's.</summary>
/// <param name="Program">Whose words they are; null: the text says nothing that is looked at.</param>
internal sealed partial record TiffDescription(string? Program)
{
    // Attributes that are no numbers, or far beyond any, say nothing.
    private const int MostOfAny = 1 << 20;
    private const string Ome = "OME-XML";

    /// <summary>Whether it is OME-XML.</summary>
    public bool IsOme => Program == Ome;

    /// <summary>The size of a pixel; null where the text does not tell.</summary>
    public PixelSize? PixelSize { get; private init; }

    /// <summary>Pages that are one picture's colours or stains.</summary>
    public int Channels { get; private init; } = 1;

    /// <summary>Focal planes times points of time.</summary>
    public int Planes { get; private init; } = 1;

    /// <summary>Bits of a sample that are used, from the lowest; null where the text does not tell.</summary>
    public int? UsedBits { get; private init; }

    /// <summary>Reads a page's text.</summary>
    public static TiffDescription Of(TiffPage page)
    {
        var text = page.Description.AsSpan().TrimStart();
        return text.StartsWith("ImageJ=") ? OfImageJ(page)
            : text.StartsWith("<?xml") || text.StartsWith("<OME") || text.StartsWith("<!--") ? OfOme(text.ToString())
            : new TiffDescription((string?)null);
    }

    // OME-XML, schema 2016-06 and the earlier ones that have the same attributes: the first Pixels element is the first page's.
    private static TiffDescription OfOme(string text)
    {
        try
        {
            using var xml = XmlReader.Create(new StringReader(text), new() { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
            while (xml.Read())
                if (xml.NodeType == XmlNodeType.Element && xml.LocalName == "Pixels")
                    return OfPixels(xml);
        }
        catch (XmlException)
        {
            // Text of some other kind, or cut short: it tells nothing.
        }
        return new TiffDescription((string?)null);
    }

    private static TiffDescription OfPixels(XmlReader xml)
    {
        var (x, y) = (Length("X"), Length("Y"));
        var bits = Count("SignificantBits");
        var (channels, planes) = (Count("SizeC") ?? 1, (long)(Count("SizeZ") ?? 1) * (Count("SizeT") ?? 1));
        // A channel of three samples is a colour picture in one page.
        var samples = xml.ReadToDescendant("Channel") && int.TryParse(xml.GetAttribute("SamplesPerPixel"), out var each) && each > 1 ? each : 1;
        return new TiffDescription(Ome)
        {
            PixelSize = x is { } width && y is { } height ? new(width, height) : null,
            Channels = Math.Max(1, channels / samples),
            Planes = (int)Math.Min(planes, MostOfAny),
            UsedBits = bits,
        };

        int? Count(string name) => int.TryParse(xml.GetAttribute(name), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count is > 0 and <= MostOfAny ? count : null;

        double? Length(string axis) =>
            double.TryParse(xml.GetAttribute($"PhysicalSize{axis}"), NumberStyles.Float, CultureInfo.InvariantCulture, out var size) && size > 0
                && Microns(xml.GetAttribute($"PhysicalSize{axis}Unit") ?? "µm") is { } microns ? size * microns : null;
    }

    // Lines of name=value; the resolution tags then count pixels per the unit named here.
    private static TiffDescription OfImageJ(TiffPage page)
    {
        var values = new Dictionary<string, string>();
        foreach (var line in page.Description.Split('\n', StringSplitOptions.TrimEntries))
            if (line.IndexOf('=') is > 0 and var at)
                values.TryAdd(line[..at], line[(at + 1)..]);
        var micronsPerUnit = values.TryGetValue("unit", out var unit) ? Microns(Unescaped(unit)) : null;
        var (channels, planes) = (Count("channels"), (long)Count("slices") * Count("frames"));
        // Without dimensions of their own, "images" are a stack.
        if (channels * planes == 1)
            planes = Count("images");
        return new TiffDescription("ImageJ's text")
        {
            PixelSize = micronsPerUnit is { } microns && page.UnitsPerPixel is { } units ? new(units.X * microns, units.Y * microns) : null,
            Channels = channels,
            Planes = (int)Math.Min(planes, MostOfAny),
        };

        int Count(string name) => values.TryGetValue(name, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count is > 0 and <= MostOfAny ? count : 1;
    }

    /// <summary>µm of a unit of length by its name; null: it is none (pixels, frames of reference).</summary>
    private static double? Microns(string unit) => unit.Trim() switch
    {
        "µm" or "μm" or "um" or "micron" or "microns" or "micrometer" or "micrometers" or "micrometre" => 1,
        "nm" or "nanometer" => 1e-3,
        "pm" => 1e-6,
        "Å" => 1e-4,
        "mm" or "millimeter" => 1e3,
        "cm" or "centimeter" => 1e4,
        "m" or "meter" => 1e6,
        "in" or "inch" or "\"" => 25400,
        _ => null,
    };

    // ImageJ writes signs beyond ASCII as \u00B5.
    private static string Unescaped(string text) =>
        Escape().Replace(text, match => ((char)int.Parse(match.ValueSpan[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());

    [GeneratedRegex(@"\\u[0-9A-Fa-f]{4}")]
    private static partial Regex Escape();
}
