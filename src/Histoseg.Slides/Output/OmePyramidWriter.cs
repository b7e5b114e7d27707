using System.Globalization;
using System.Text;
using System.Xml;
using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Output;

/// <summary>Writes the probabilities of all classes as an OME-TIFF: a channel for each class, each with its pyramid, as QuPath and tifffile open it.</summary>
/// <remarks>
/// Channels are directories one after another, and the smaller levels hang on each (SubIFDs), as OME-TIFF 6 has it; what they are stands as OME-XML in the
/// first. Sizes of levels and tiles are those of <see cref="PyramidLayout"/>; pixels are bytes, 255 times the probability.
/// </remarks>
internal sealed class OmePyramidWriter : ILabelRows
{
    private readonly WholeFile _file;
    private readonly BigTiffWriter _tiff;
    private readonly PyramidLevelWriter[][] _channels;
    private readonly IReadOnlyList<string> _classNames;
    private readonly ClassPalette _palette;
    private readonly double _mpp;
    private readonly string _name;
    private readonly int _width, _height;
    private readonly byte[] _row;
    private long _rows;

    /// <summary>Begins the file.</summary>
    /// <param name="path">Where it goes; its folder is made where there is none.</param>
    /// <param name="width">Width of level 0 in pixels.</param>
    /// <param name="height">Height of level 0 in pixels.</param>
    /// <param name="mpp">µm per pixel of level 0.</param>
    /// <param name="classNames">Names of the channels.</param>
    /// <param name="palette">A colour for each.</param>
    /// <exception cref="WriteError">The folder cannot be written to.</exception>
    public OmePyramidWriter(string path, int width, int height, double mpp, IReadOnlyList<string> classNames, ClassPalette palette)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mpp);
        (_width, _height, _mpp, _classNames, _palette, _row) = (width, height, mpp, classNames, palette, new byte[width]);
        _name = Path.GetFileName(path);
        _file = new WholeFile(path);
        _tiff = new BigTiffWriter(_file);
        var layout = new PyramidLayout(width, height, PyramidKind.Grey8);
        _channels = [.. classNames.Select(_ => PyramidLevelWriter.Chain(_tiff, layout, PyramidKind.Grey8, palette))];
    }

    /// <summary>Appends rows.</summary>
    /// <param name="rows">For each pixel a byte for each class.</param>
    /// <exception cref="ArgumentException">Not whole rows, or more than the picture has.</exception>
    /// <exception cref="WriteError">The disk is full or failed.</exception>
    public void Write(ReadOnlySpan<byte> rows)
    {
        var length = _width * _channels.Length;
        if (rows.Length % length != 0 || _rows + rows.Length / length > _height)
            throw new ArgumentException($"{rows.Length} bytes are not whole rows of {length}, or go past row {_height}", nameof(rows));
        for (; rows.Length > 0; rows = rows[length..], _rows++)
            for (var c = 0; c < _channels.Length; c++)
            {
                for (int x = 0, from = c; x < _width; x++, from += _channels.Length)
                    _row[x] = rows[from];
                _channels[c][0].Write(_row);
            }
    }

    /// <inheritdoc/>
    /// <exception cref="WriteError">The disk is full or failed; no file is left.</exception>
    /// <exception cref="InvalidOperationException">Rows are missing.</exception>
    public void Complete()
    {
        if (_rows != _height)
            throw new InvalidOperationException($"{_rows} of {_height} rows were written");
        foreach (var (c, levels) in _channels.Index())
            _tiff.AddDirectory([.. levels[0].Directory(_mpp, reduced: false), .. c == 0 ? [TiffField.Ascii(270, Description())] : Array.Empty<TiffField>()],
                [.. levels.Skip(1).Select((level, i) => level.Directory(_mpp * (2L << i), reduced: true))]);
        _tiff.Finish();
        _file.Complete();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private string Description()
    {
        using var text = new Utf8Text();
        using (var xml = XmlWriter.Create(text))
        {
            xml.WriteStartElement("OME", "http://www.openmicroscopy.org/Schemas/OME/2016-06");
            xml.WriteAttributeString("Creator", "Histoseg Engine");
            xml.WriteStartElement("Image");
            xml.WriteAttributeString("ID", "Image:0");
            xml.WriteAttributeString("Name", _name);
            xml.WriteStartElement("Pixels");
            (string Name, IFormattable Value)[] sizes = [("SizeX", _width), ("SizeY", _height), ("SizeC", _channels.Length), ("SizeZ", 1), ("SizeT", 1),
                ("PhysicalSizeX", _mpp), ("PhysicalSizeY", _mpp)];
            (string Name, string Value)[] facts = [("ID", "Pixels:0"), ("DimensionOrder", "XYCZT"), ("Type", "uint8"), ("BigEndian", "false"),
                ("PhysicalSizeXUnit", "µm"), ("PhysicalSizeYUnit", "µm"),
                .. sizes.Select(size => (size.Name, size.Value.ToString(null, CultureInfo.InvariantCulture)))];
            foreach (var (name, value) in facts)
                xml.WriteAttributeString(name, value);
            for (var c = 0; c < _channels.Length; c++)
            {
                var (red, green, blue) = _palette.Of(c);
                xml.WriteStartElement("Channel");
                xml.WriteAttributeString("ID", Figures.Text($"Channel:0:{c}"));
                xml.WriteAttributeString("Name", _classNames[c]);
                xml.WriteAttributeString("SamplesPerPixel", "1");
                // Red in the highest byte, opaque.
                xml.WriteAttributeString("Color", (red << 24 | green << 16 | blue << 8 | 255).ToString(CultureInfo.InvariantCulture));
                xml.WriteEndElement();
            }
            for (var c = 0; c < _channels.Length; c++)
            {
                xml.WriteStartElement("TiffData");
                xml.WriteAttributeString("IFD", Figures.Text($"{c}"));
                xml.WriteAttributeString("FirstC", Figures.Text($"{c}"));
                xml.WriteAttributeString("PlaneCount", "1");
                xml.WriteEndElement();
            }
        }
        return text.ToString();
    }

    private sealed class Utf8Text() : StringWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => Encoding.UTF8;
    }
}
